"""What a citizen's grades, reasons and answers to the yearly questionnaire do to the record."""

from sqlalchemy.orm import Session

from bot.call import Call
from bot.conversation import wants
from complaints import handling, progress
from complaints.clock.workdays import office_date
from complaints.errors import IncompletePetition
from complaints.handling.reviewing import LOW
from complaints.measuring import questionnaires
from complaints.measuring.questionnaires import AlreadyFilled, BadAnswer
from complaints.measuring.tables import Questionnaire
from faq.keeping import answering
from faq.language.cues import Cue


def rate(tx: Session, want: wants.Rate, call: Call) -> wants.Want | wants.Outcome:
    """Keep a grade of one's own case."""
    case = progress.owned_case(tx, call.sender, want.case_no)
    try:
        handling.rate(tx, want.case_no, want.grade, aspect=want.aspect, now=call.now)
    except IncompletePetition:
        return wants.Stale()
    low = bool({case.process_grade, case.satisfaction} & LOW)
    return wants.Rated(want.case_no, want.aspect, want.grade, low, _is_wanted(tx, call))


def say_why(tx: Session, want: wants.SayWhy, call: Call) -> wants.Want | wants.Outcome:
    """Keep why a grade was low, or that it is left unsaid."""
    progress.owned_case(tx, call.sender, want.case_no)
    if want.fault:
        try:
            handling.say_why(tx, want.case_no, want.fault, said=want.said, now=call.now)
        except IncompletePetition:  # the grade is a better one by now
            return wants.Stale()
    return wants.Thanked(want.case_no, _is_wanted(tx, call), told=want.fault is not None)


def is_question(want: wants.SayWhy, call: Call) -> bool:
    """Whether own words are no reason but a question that is surely answered."""
    if not want.said:
        return False
    said = answering.understand(want.said, call.index)
    return said.stands and Cue.QUESTION in said.cues


def take_survey(tx: Session, _want: wants.TakeSurvey, call: Call) -> wants.Outcome:
    """The first question of the questionnaire that runs, or the one where one stopped."""
    running = questionnaires.running(tx, office_date(call.now))
    if running is None:
        return wants.Refused("no_survey")
    return _asked(tx, running, call, begins=True)


def fill_survey(tx: Session, want: wants.FillSurvey, call: Call) -> wants.Want | wants.Outcome:
    """Keep an answer and ask the next question; a button of an earlier year is stale."""
    running = questionnaires.running(tx, office_date(call.now))
    if running is None:
        return wants.Refused("no_survey")
    if running.id != want.questionnaire_id:
        return wants.Stale()
    mark = questionnaires.mark_of(tx, running, call.sender)
    given = (want.key, want.value)
    try:
        questionnaires.answer(tx, running, mark, *given, channel=call.sender.channel, now=call.now)
    except AlreadyFilled:
        return wants.SurveyEnded(before=True)
    except BadAnswer:
        return wants.Refused("survey_no_answer")
    return _asked(tx, running, call)


def _asked(
    tx: Session, running: Questionnaire, call: Call, *, begins: bool = False
) -> wants.Outcome:
    mark = questionnaires.mark_of(tx, running, call.sender)
    filled = questionnaires.filled_by(tx, running, mark)
    question = questionnaires.next_question(running, filled)
    if question is None:
        return wants.SurveyEnded(before=begins)
    questions = questionnaires.questions_of(running)
    number = questions.index(question) + 1
    return wants.SurveyAsked(running.id, question, number, len(questions), begins)


def _is_wanted(tx: Session, call: Call) -> bool:
    return questionnaires.is_wanted_of(tx, call.sender, office_date(call.now))
