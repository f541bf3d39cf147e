"""What a message means, given where the talk stands. Pure: no record is read or written."""

import re
from collections.abc import Callable, Sequence, Set

from bot.channel import Incoming, What
from bot.conversation.form import FREE_TEXT, MOST_CONTENT
from bot.conversation.state import FORM, Heard, State, Step, Version
from bot.conversation.wants import (
    AboutCase,
    Add,
    AnswerNotice,
    Ask,
    Begin,
    BeginFromQuestion,
    Collect,
    DecideEdit,
    Discard,
    EditDraft,
    Fill,
    FillSurvey,
    Follow,
    GoOn,
    Judge,
    JudgeWhy,
    Language,
    LookUp,
    MyCases,
    NoteEdit,
    Pause,
    Pick,
    PickVariant,
    Rate,
    Resume,
    Review,
    Say,
    SayWhy,
    SeeMissed,
    ShowPopular,
    ShowSimilar,
    Silence,
    Stale,
    Submit,
    TakeSurvey,
    Unhappy,
    Want,
    Withdraw,
    WithdrawSome,
)
from bot.conversation.wording import say
from complaints.states import Aspect, Fault, Kind
from data.collation import fold
from faq.keeping.answering import Unhelpful
from faq.language.cues import Cue

CASE_NO = re.compile(  # not \b: a Chinese character before a number is no boundary to it
    r"(?<![A-Za-z0-9])([A-Za-z]{1,6}-\d{7}-\d{4,})(?![A-Za-z0-9])"
    r"(?:[\s,，]+([A-Za-z0-9]{6})(?![A-Za-z0-9]))?"
)
NUMBER = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,6}-\d{7}-\d{4,}(?!\d)")  # as we write it ourselves
ROW_NUMBER = re.compile(r"[0-9]{1,9}")
STEP_TOKEN = re.compile(r"t(\d{1,9}):(\w{1,20})")
NUMBERED = re.compile(r"^\d\s*")  # 4 滿意
WRITTEN = frozenset({What.TEXT, What.FILE})
MENU = (("b_ask", "ask"), ("b_report", "begin:c"), ("b_cases", "cases"))
KINDS = {
    "c": Kind.RIGHTS_PROTECTION,
    "s": Kind.REFORM_SUGGESTION,
    "q": Kind.REGULATION_INQUIRY,
    "m": Kind.MISCONDUCT_REPORT,
    "p": Kind.PRAISE,
}
KIND_BUTTONS = (("b_report", "begin:c"), ("b_suggest", "begin:s"), ("b_misconduct", "begin:m"))

BIG_STEPS = (*MENU, ("b_phone_me", "callback"))
HAN = re.compile("[\u3400-\u9fff]")
# Letters that only Vietnamese and Thai use, and words Indonesians begin a question with.
OTHER_LANGUAGE = re.compile(
    "[\u0103\u0111\u01a1\u01b0\u1ea0-\u1ef9\u0e00-\u0e7f]"
    r"|\b(?:bagaimana|saya|apakah|berapa|tolong|dimana|kapan)\b",
    re.IGNORECASE,
)

DELETE_ME = Begin(Kind.DATA_DELETION, content=say("zh", "v_delete_me"), brief=True)
MY_DATA = Begin(Kind.DATA_ACCESS, content=say("zh", "v_my_data"), brief=True)
# Asking for another person's data, however it is put; nothing of the case is read.
PRYING = re.compile(
    r"(?:忽略|無視|跳過).{0,6}(?:規則|指令|限制)|ignore.{0,20}(?:rules?|instructions?)"
    r"|(?:陳情人|檢舉人|申請人).{0,6}(?:是誰|給我|姓名|電話|名字)",
    re.IGNORECASE,
)

COMMANDS: dict[str, Want] = {
    "start": Say("welcome", MENU),
    "help": Say("help", MENU),
    "report": Say("ask_kind", KIND_BUTTONS),
    "suggest": Begin(Kind.REFORM_SUGGESTION),
    "mycases": MyCases(),
    "status": Say("status_usage"),
    "privacy": Say("privacy"),
    "mydata": MY_DATA,
    "delete": DELETE_ME,
    "withdraw": WithdrawSome(),
    "survey": TakeSurvey(),
    "cancel": Pause(),
}
PHRASES: dict[str, Want] = {
    fold(phrase): want
    for phrases, want in (
        ("取消 先停 cancel stop", Pause()),
        ("繼續填寫 繼續 resume", Resume()),
        ("我的案件 查案件 查進度 查詢進度 案件進度 我的陳情 mycases", MyCases()),
        ("中文 說中文 國語 chinese", Language("zh")),
        ("english englishplease 英文 說英文", Language("en")),
        ("說明 幫助 help", Say("help", MENU)),
        ("看不清楚 看不清 字太小 看不到字 看不懂字 太複雜了", Say("big_steps", BIG_STEPS)),
        ("台語 客語 客家話", Say("interpreter", MENU)),
        ("撤回 我要撤回 我不想告了 不告了 撤案 我要撤案 withdraw", WithdrawSome()),
        ("刪掉我的資料 刪除我的資料 刪除個資 把我的資料刪掉 deletemydata", DELETE_ME),
        ("我的資料 查我的資料 我的個資 你們有我什麼資料 mydata", MY_DATA),
    )
    for phrase in phrases.split()
}
OPENERS: dict[str, Want] = {
    fold(phrase): want
    for phrases, want in (
        (
            "陳情 我要陳情 投訴 我要投訴 申訴 我要申訴 客訴 反映問題 我要反映 反映 立案 我要立案 "
            "complaint",
            Begin(Kind.RIGHTS_PROTECTION),
        ),
        ("建議 我要建議 提出建議 我有建議 suggestion", Begin(Kind.REFORM_SUGGESTION)),
        ("檢舉 我要檢舉", Begin(Kind.MISCONDUCT_REPORT)),
        ("常見問題 熱門問題 popular", ShowPopular()),
        ("問卷 填問卷 我要填問卷 滿意度問卷 survey questionnaire", TakeSurvey()),
    )
    for phrase in phrases.split()
}


def goes_on_record(state: State, incoming: Incoming) -> bool:
    """Whether a message may become part of a petition instead of being answered."""
    if incoming.what not in WRITTEN:
        return False
    return state.step is not Step.IDLE or bool(incoming.answers)


def understand(state: State, incoming: Incoming, cues: Set[Cue]) -> Want:
    """Turn what a citizen did into what they want; a cry for help comes before any form."""
    if Cue.CRISIS in cues and goes_on_record(state, incoming):
        return Say("crisis")
    want = READERS[incoming.what](state, incoming)
    numbers = tuple(dict.fromkeys(NUMBER.findall(incoming.answers)))
    if numbers and _is_addition(want, numbers, incoming):
        return AnswerNotice(numbers, incoming.text, want, incoming.files, incoming.album)
    return want


def _is_addition(want: Want, numbers: Sequence[str], incoming: Incoming) -> bool:
    """Whether a reply to a notice says more on its case; buttons and commands are what they are."""
    if isinstance(want, Add):
        return want.case_no not in numbers and not want.quiet
    if isinstance(want, AboutCase):  # another number in the text is no wish to see that case
        return bool(CASE_NO.search(incoming.text) and CASE_NO.sub("", incoming.text).strip())
    if isinstance(want, Fill):
        return incoming.what in WRITTEN and not want.verb
    return isinstance(want, Ask) or (isinstance(want, Begin) and incoming.what is What.FILE)


def _typed(state: State, incoming: Incoming) -> Want:
    text = incoming.text.strip()
    if len(text) > MOST_CONTENT:
        return Say("too_long", values={"most": MOST_CONTENT, "length": len(text)})
    if text.startswith("/"):
        return _command(text)
    folded = fold(text)
    if folded in PHRASES:
        return PHRASES[folded]
    if token := _typed_button(state, text, folded):
        return pressed(state, token)
    if state.step in FORM:
        return Fill(text=text)
    return _free(state, text, folded)


def _free(state: State, text: str, folded: str) -> Want:
    if want := _in_own_words(state, text):
        return want
    if folded in OPENERS:
        return OPENERS[folded]
    if want := _no_question(text):
        return want
    return Ask(text, state.about) if folded else ShowPopular("not_understood")


def _in_own_words(state: State, text: str) -> Want | None:
    """What was asked for in own words, and now is there."""
    if survey := _awaited(state):
        return FillSurvey(*survey, text)
    answers: dict[Step, Callable[[str], Want]] = {
        Step.ADDING: lambda case_no: Add(case_no, text),
        Step.UNHAPPY: lambda case_no: Unhappy(case_no, text),
        Step.WHY: lambda case_no: SayWhy(case_no, Fault.OTHER, text),
    }
    asked = answers.get(state.step)
    return asked(state.case_no) if asked and state.case_no else None


def _awaited(state: State) -> tuple[int, str] | None:
    """The question of a questionnaire that is to be answered in own words."""
    own_words = state.step is Step.SURVEY and state.survey and state.survey[1]
    return state.survey if own_words else None


def _no_question(text: str) -> Want | None:
    """What looks like a sentence and is none for the engine."""
    if PRYING.search(text):
        return Say("only_own_cases", MENU)
    if found := CASE_NO.search(text):
        number = found[1].upper()
        return LookUp(number, found[2]) if found[2] else AboutCase("show", number)
    # A Vietnamese name in a Chinese question is no other language.
    if OTHER_LANGUAGE.search(text) and not HAN.search(text):
        return Say("interpreter", (("b_call_me", "callback"), *MENU[1:]))
    return None


def _command(text: str) -> Want:
    first, *arguments = text[1:].split() or [""]
    command = first.split("@")[0].casefold()
    if command == "start" and arguments:
        return GoOn(arguments[0])
    if command == "status" and len(arguments) == 2:
        return LookUp(arguments[0], arguments[1])
    if command == "language":
        english = arguments[:1] == ["en"]
        return Language("en" if english else "zh") if arguments else Language("")
    return COMMANDS.get(command) or Say("unknown_command", MENU)


def _typed_button(state: State, text: str, folded: str) -> str | None:
    """The button meant by its words or its number; in free text only by its full words."""
    labels = [fold(label) for label, _ in state.offered]
    tokens = [token for _, token in state.offered]
    for names in (labels, [fold(NUMBERED.sub("", label)) for label, _ in state.offered]):
        if folded and folded in names:
            return tokens[names.index(folded)]
    if state.step in FREE_TEXT or state.step in {Step.ADDING, Step.UNHAPPY} or _awaited(state):
        return None
    if text.isdecimal() and len(text) < 3 and 1 <= int(text) <= len(tokens):
        return tokens[int(text) - 1]
    if state.step is Step.WHY:
        return None
    inside = [n for n, label in enumerate(labels) if len(folded) > 1 and folded in label]
    return tokens[inside[0]] if len(inside) == 1 else None


def pressed(state: State, token: str) -> Want:
    """What a button means; one that is not ours or out of its step is Stale, never an error."""
    if want := _of_draft(state, token):
        return want
    if step := STEP_TOKEN.fullmatch(token):
        current = int(step[1]) == state.turn and state.step in FORM
        return _step_button(state, step[2]) if current else Stale(step[2])
    verb, *arguments = token.split(":") if token.isprintable() else (token,)
    try:
        return BUTTONS[verb](*arguments)
    except (KeyError, TypeError, ValueError):
        return Stale()


def _of_draft(state: State, token: str) -> Want | None:
    """Buttons that need what the talk remembers: the draft, or an edited message."""
    verb, _, case_no = token.partition(":")
    if verb in {"follow", "review"} and state.step is Step.CONFIRM and state.draft:
        return (Follow if verb == "follow" else Review)(case_no, state.draft)
    if verb in {"edityes", "editno"}:
        return _decided(state, case_no, accept=verb == "edityes")
    return None


def _decided(state: State, named: str, *, accept: bool) -> Want | None:
    case_no, _, message = named.partition(":")
    one = state.known(message)
    if one is None or one.case_no != case_no or one.seen.same(one.held):
        return None
    return DecideEdit(case_no, message, one.held, one.seen, accept)


def _step_button(state: State, verb: str) -> Want:
    if state.step is Step.CONFIRM and verb in {"submit", "anyway"} and state.draft:
        return Submit(state.draft, anyway=verb == "anyway")
    if state.step is Step.CONFIRM and verb == "cancel":
        return Pause()
    return Fill(verb=verb)


def _number(text: str) -> int:
    """A number on a button; a ValueError for one that no row can have."""
    if not ROW_NUMBER.fullmatch(text):
        raise ValueError("not a number of ours")
    return int(text)


def _begin(kind: str) -> Want:
    return Begin(KINDS[kind])


def _from_question(asked: str, kind: str) -> Want:
    return BeginFromQuestion(_number(asked), KINDS[kind])


def _about(verb: str) -> Callable[[str], Want]:
    return lambda case_no: AboutCase(verb, case_no)


def _call_back() -> Want:
    content = say("zh", "v_call_me")
    return Begin(Kind.REGULATION_INQUIRY, content=content, brief=True, by_phone=True)


def _rate(case_no: str, *given: str) -> Want:
    """A grade; buttons made before there were two aspects name none."""
    *aspect, grade = given
    return Rate(case_no, _number(grade), Aspect(*aspect) if aspect else Aspect.PROCESS)


def _why(case_no: str, *fault: str) -> Want:
    """How the date was counted; with a reason, why a grade was low."""
    return SayWhy(case_no, Fault(*fault)) if fault else AboutCase("why", case_no)


BUTTONS: dict[str, Callable[..., Want]] = {
    "pick": lambda asked, entry: Pick(_number(asked), entry),
    "var": lambda asked, entry, n: PickVariant(_number(asked), entry, _number(n)),
    "none": lambda asked: Pick(_number(asked), None),
    "up": lambda asked: Judge(_number(asked), helpful=True),
    "down": lambda asked: Judge(_number(asked), helpful=False),
    "near": lambda asked: ShowSimilar(_number(asked)),
    "file": _from_question,
    "callme": lambda asked: BeginFromQuestion(
        _number(asked), Kind.REGULATION_INQUIRY, by_phone=True
    ),
    "begin": _begin,
    "callback": _call_back,
    "later": lambda: Say("later"),
    "popular": ShowPopular,
    "ask": lambda: Say("welcome"),
    "cases": MyCases,
    "resume": Resume,
    "discard": Discard,
    "yeswithdraw": Withdraw,
    "passon": lambda asked: BeginFromQuestion(_number(asked), Kind.RIGHTS_PROTECTION, pass_on=True),
    "seen": lambda _case_no: Say("seen"),
    "missed": SeeMissed,
    "fraud": lambda: Begin(Kind.REGULATION_INQUIRY, content=say("zh", "v_fraud"), brief=True),
    "called": lambda: Say("later"),
    "rate": _rate,
    "why": _why,
    "nowhy": lambda case_no: SayWhy(case_no, None),
    "unfit": lambda asked, reason: JudgeWhy(_number(asked), Unhelpful(reason)),
    "survey": TakeSurvey,
    "q": lambda number, key, value: FillSurvey(_number(number), key, value),
    **{verb: _about(verb) for verb in ("show", "add", "fixed", "unfixed", "unhappy", "withdraw")},
}


def _pressed(state: State, incoming: Incoming) -> Want:
    return pressed(state, incoming.token)


def _file(state: State, incoming: Incoming) -> Want:
    more = incoming.album is not None and incoming.album == state.album
    if state.step in FORM:
        if more:
            return Collect(incoming.files)
        return Fill(text=incoming.text, files=incoming.files, album=incoming.album)
    if state.case_no and (more or state.step in {Step.ADDING, Step.UNHAPPY, Step.WHY}):
        return Add(state.case_no, incoming.text, incoming.files, incoming.album, quiet=more)
    kind = Kind.RIGHTS_PROTECTION
    return Begin(kind, content=incoming.text, files=incoming.files, album=incoming.album)


def _location(state: State, incoming: Incoming) -> Want:
    if state.step in FORM:
        return Fill(place=incoming.place)
    if state.step is Step.ADDING and state.case_no and incoming.place:
        return Add(state.case_no, "{:.5f}, {:.5f}".format(*incoming.place))
    return Begin(Kind.RIGHTS_PROTECTION, place=incoming.place)


def _sticker(_state: State, _incoming: Incoming) -> Want:
    return Say("sticker", (("b_ask", "ask"), ("b_report", "begin:c")))


def _voice(_state: State, _incoming: Incoming) -> Want:
    return Say("ask_content_voice", (("b_call_back", "callback"),))


def _edited(state: State, incoming: Incoming) -> Want:
    one = state.known(incoming.message)
    if one is None or not (one.case_no or state.draft):
        return Silence() if incoming.place else Say("edited")  # a pin moves by itself
    after = version(incoming)
    if after.same(one.seen):
        return Silence()
    if not one.case_no:
        return EditDraft(one.message, one.held, after)
    return _edit_of_case(state, one, after)


def _edit_of_case(state: State, one: Heard, after: Version) -> Want:
    """A pin that moves all the time counts once a minute, and is asked about until answered."""
    moved = after.place is not None
    if moved and state.pace and one.minute == state.pace[0]:
        return Silence()
    known = {*one.held.prints, *one.seen.prints}
    new = tuple(
        file for file, mark in zip(after.files, after.prints, strict=False) if mark not in known
    )
    quiet = (moved and one.asked) or after.same(one.held)
    return NoteEdit(one.case_no, one.message, one.seen, after, new, quiet)


def version(incoming: Incoming) -> Version:
    """What a message says now."""
    return Version(incoming.text, incoming.place, incoming.files, incoming.prints)


def _other(_state: State, _incoming: Incoming) -> Want:
    return Say("other")


READERS: dict[What, Callable[[State, Incoming], Want]] = {
    What.TEXT: _typed,
    What.PRESSED: _pressed,
    What.FILE: _file,
    What.LOCATION: _location,
    What.STICKER: _sticker,
    What.VOICE: _voice,
    What.EDITED: _edited,
    What.OTHER: _other,
}
