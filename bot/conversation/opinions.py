"""What we say to a grade and to its reason, and how the yearly questionnaire is asked. Pure."""

from dataclasses import replace

from bot.conversation import wants
from bot.conversation.form import Button
from bot.conversation.moment import Moment, Said, choice, worded
from bot.conversation.state import State, Step
from bot.conversation.wording import say
from complaints.measuring.opinions import GRADES
from complaints.measuring.questionnaires import Ask
from complaints.states import Aspect
from complaints.wording.notices import rating
from complaints.wording.terms import FAULTS, term
from data.outbox import Choice, Message

SURVEY: Button = ("b_survey", "survey")


def rated(state: State, got: wants.Rated, _moment: Moment) -> Said:
    """After the handling the result is asked for; after a low grade why."""
    language = state.language
    if got.aspect is Aspect.PROCESS:
        text = say(language, "rated_process", grade=got.grade)
        return state.idle(), [Message(text, rating(got.case_no, Aspect.RESULT))]
    if not got.low:
        return state.idle(), [_thanks(language, "rated", survey=got.survey, grade=got.grade)]
    reasons = (
        Choice(term(pair, language).capitalize(), f"why:{got.case_no}:{fault}")
        for fault, pair in FAULTS.items()
    )
    skip = choice(language, "b_rather_not", f"nowhy:{got.case_no}")
    text = say(language, "rated_low", grade=got.grade)
    waiting = replace(state.pause(), step=Step.WHY, case_no=got.case_no)
    return waiting, [Message(text, (*reasons, skip))]


def thanked(state: State, got: wants.Thanked, _moment: Moment) -> Said:
    """Thanks for the reason, or for the grade alone."""
    key = "why_noted" if got.told else "why_unsaid"
    return state.idle(), [_thanks(state.language, key, survey=got.survey)]


def survey_asked(state: State, got: wants.SurveyAsked, _moment: Moment) -> Said:
    """A question of the questionnaire with its buttons; own words are the next message."""
    language, question = state.language, got.question
    asked = question.en if language == "en" else question.zh
    lines = [say(language, "survey_question", number=got.number, of=got.of, question=asked)]
    if got.begins:
        lines.insert(0, say(language, "survey_begins"))
    if question.kind is Ask.TEXT:
        lines.append(say(language, "survey_own_words"))
    awaited = question.key if question.kind is Ask.TEXT else ""
    waiting = replace(state.pause(), step=Step.SURVEY, survey=(got.questionnaire_id, awaited))
    return waiting, [Message("\n\n".join(lines), _answers(got, language))]


def survey_ended(state: State, got: wants.SurveyEnded, _moment: Moment) -> Said:
    """Thanks for all of it, or word that it was filled in before."""
    key = "survey_before" if got.before else "survey_done"
    return state.idle(survey=None), [Message(say(state.language, key))]


def survey_paused(state: State) -> Said:
    """Left in the middle; what was answered is kept."""
    return state.idle(), [worded(state.language, "survey_paused", (("b_survey_on", "survey"),))]


def _answers(got: wants.SurveyAsked, language: str) -> tuple[Choice, ...]:
    question, token = got.question, f"q:{got.questionnaire_id}:{got.question.key}"
    skip = () if question.required else (choice(language, "b_skip", f"{token}:"),)
    if question.kind is Ask.GRADE:
        # In rising order: a typed 4 is the fourth button as well as the grade.
        grades = (choice(language, f"b_grade_{grade}", f"{token}:{grade}") for grade in GRADES)
        return (*grades, *skip)
    offered = (
        Choice(one.en if language == "en" else one.zh, f"{token}:{one.code}")
        for one in question.choices
    )
    return (*offered, *skip)


def _thanks(language: str, key: str, *, survey: bool, **values: object) -> Message:
    text = say(language, key, **values)
    if not survey:
        return Message(text)
    offer = say(language, "survey_offer")
    return Message(f"{text}\n\n{offer}", (choice(language, *SURVEY),))
