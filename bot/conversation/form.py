"""The petition form: what each step asks, and what an answer to it changes. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.conversation.state import Draft, ReplyBy, State, Step, Version
from bot.conversation.wants import Fill
from bot.conversation.wording import say
from complaints.points import CIRCLED, correct_point, numbered, split_points
from complaints.states import Kind
from complaints.wording import terms as notices

MOST_CONTENT = 20_000
MOST_FILES = 20
LONGEST_PLACE = 100  # a longer text at the place step is the story going on
LONGEST_NAME = 50
NAME = re.compile(r"[^\d?？!！。]{1,50}")
PHONE = re.compile(r"\+?[\d\-\s()#轉分機]{8,25}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,24}")
POINT = re.compile(
    rf"^\s*(?:(?P<circled>[{CIRCLED}])|第?(?P<digit>[1-9])\s*[點.、:：)）])\s*(?P<said>.+)", re.S
)
TOPICS = {
    "road": "b_road",
    "surroundings": "b_surroundings",
    "attitude": "b_attitude",
    "other": "b_other",
}

Button = tuple[str, str]  # (wording key, verb)
# The village of a place (words, latitude, longitude), where it is sure.
VillageOf = Callable[[str | None, float | None, float | None], str | None]


def nowhere(_place: str | None, _latitude: float | None, _longitude: float | None) -> None:
    """The villages of an office that has entered none."""


BUTTONS: dict[Step, tuple[Button, ...]] = {
    Step.MORE: (("b_add_place", "place"), ("b_add_files", "files"), ("b_enough", "enough")),
    Step.PLACE: (("b_skip_place", "skip"),),
    Step.NAME: (("b_no_name", "skip"),),
    Step.REPLY_BY: (("b_chat", "chat"), ("b_phone", "phone"), ("b_email", "email")),
    Step.CONFIDENTIAL: (("b_ordinary", "ordinary"), ("b_confidential", "confidential")),
    Step.CONSENT: (("b_with_name", "yes"), ("b_without_name", "no")),
    Step.CONFIRM: (("b_submit", "submit"), ("b_edit", "edit"), ("b_cancel", "cancel")),
    Step.EDIT: (
        ("b_e_content", "content"),
        ("b_e_place", "place"),
        ("b_e_files", "files"),
        ("b_e_name", "name"),
        ("b_e_reply_by", "reply_by"),
        ("b_e_confidential", "confidential"),
        ("b_back", "back"),
    ),
}
PHOTO_TOPICS: tuple[Button, ...] = tuple((key, verb) for verb, key in TOPICS.items())
FREE_TEXT = frozenset({Step.CONTENT, Step.PLACE, Step.NAME, Step.CONTACT, Step.MORE})


@dataclass(frozen=True)
class Filled:
    """The form after an answer; `note` is said before the next step's question."""

    state: State
    note: str = ""


def begin(draft: Draft, state: State) -> State:
    """Open the form at the first step that still lacks an answer."""
    step = Step.CONTENT if not draft.content else (Step.MORE if draft.brief else Step.PLACE)
    return replace(state, step=step, resume_at=None, draft=draft)


def buttons(state: State) -> tuple[Button, ...]:
    """The buttons of the present step."""
    draft = state.draft
    if state.step is Step.FILES:
        done = "b_files_done" if draft and draft.files else "b_no_files"
        return ((done, "done"),)
    if state.step is Step.CONTENT and draft and draft.files:
        return PHOTO_TOPICS
    return BUTTONS.get(state.step, ())


def question(state: State, village_of: VillageOf = nowhere) -> str:
    """What the present step asks."""
    draft, language = _draft(state), state.language
    if state.step is Step.CONTENT:
        return say(language, _content_question(draft))
    if state.step is Step.CONTACT:
        return say(language, "ask_email" if draft.reply_by is ReplyBy.EMAIL else "ask_phone")
    if state.step is Step.FILES:
        return say(language, "ask_files", count=len(draft.files))
    if state.step is Step.CONFIRM:
        return readback(draft, language, village_of)
    return say(language, f"ask_{state.step}")


def readback(draft: Draft, language: str, village_of: VillageOf) -> str:
    """The whole petition, to be confirmed or corrected (行政程序法 §169)."""
    none = say(language, "v_none")
    confidential = "b_confidential" if draft.confidential else "b_ordinary"
    return say(
        language,
        "readback",
        kind=notices.term(notices.KINDS[draft.kind], language),
        points=numbered(draft.points),
        place=_place_in_village(draft, language, village_of) or none,
        files=len(draft.files),
        name=draft.name or none,
        reply_by=_reply_by(draft, language),
        confidential=say(language, confidential),
    )


def fill(state: State, given: Fill) -> Filled:
    """Take an answer to the present step; a location or a photo is welcome at any step."""
    if given.place:
        return _take_place(state, given.place)
    if given.files:
        return _take_files(state, given)
    return STEPS[state.step](state, given)


def _content(state: State, given: Fill) -> Filled:
    draft = _draft(state)
    if given.verb in TOPICS:
        topic = say(state.language, TOPICS[given.verb])
        return _with_content(state, say(state.language, "v_photo_of", topic=topic))
    if not given.text.strip():
        return Filled(state, say(state.language, "need_content"))
    if draft.correcting:
        state = replace(state, draft=replace(draft, content="", points=()))
    return _with_content(state, given.text)


def _more(state: State, given: Fill) -> Filled:
    if given.verb == "place":
        return Filled(replace(state, step=Step.PLACE))
    if given.verb == "files":
        return Filled(replace(state, step=Step.FILES))
    if given.verb == "enough":
        return Filled(replace(state, step=Step.NAME))
    return _with_content(state, given.text)


def _place_step(state: State, given: Fill) -> Filled:
    draft = _draft(state)
    if given.verb == "skip":
        return _next(state, replace(draft, place=None, latitude=None, longitude=None))
    if not given.text.strip():
        return Filled(state)
    if len(given.text) > LONGEST_PLACE:
        return _with_content(state, given.text, stay=True)
    return _next(state, replace(draft, place=given.text.strip()))


def _files(state: State, given: Fill) -> Filled:
    if given.verb == "done":
        return _next(state, _draft(state))
    return Filled(state, say(state.language, "press_button"))


def _name(state: State, given: Fill) -> Filled:
    draft = _draft(state)
    if given.verb == "skip":
        return _next(state, replace(draft, name=None))
    name = " ".join(given.text.split())
    if not NAME.fullmatch(name):
        return Filled(state, say(state.language, "bad_name"))
    return _next(state, replace(draft, name=name))


def _reply_by_step(state: State, given: Fill) -> Filled:
    if given.verb not in set(ReplyBy):
        return Filled(state, say(state.language, "press_button"))
    draft = replace(_draft(state), reply_by=ReplyBy(given.verb), contact=None)
    if draft.reply_by is ReplyBy.CHAT:
        return _next(state, draft)
    return Filled(replace(state, step=Step.CONTACT, draft=draft))


def _contact(state: State, given: Fill) -> Filled:
    draft = _draft(state)
    email = draft.reply_by is ReplyBy.EMAIL
    contact = given.text.strip()
    if not (EMAIL if email else PHONE).fullmatch(contact):
        return Filled(state, say(state.language, "bad_email" if email else "bad_phone"))
    return _next(state, replace(draft, contact=contact))


def _confidential(state: State, given: Fill) -> Filled:
    if given.verb not in {"ordinary", "confidential"}:
        return Filled(state, say(state.language, "press_button"))
    return _next(state, replace(_draft(state), confidential=given.verb == "confidential"))


def _consent(state: State, given: Fill) -> Filled:
    if given.verb not in {"yes", "no"}:
        return Filled(state, say(state.language, "press_button"))
    return _next(state, replace(_draft(state), consents=given.verb == "yes"))


def _confirm(state: State, given: Fill) -> Filled:
    if given.verb == "edit":
        return Filled(replace(state, step=Step.EDIT))
    found = POINT.match(given.text)
    if not found:
        return Filled(state, say(state.language, "press_button"))
    number = CIRCLED.index(found["circled"]) + 1 if found["circled"] else int(found["digit"])
    draft = _draft(state)
    points = correct_point(draft.points, number, found["said"])
    if points is None:
        return Filled(state, say(state.language, "no_such_point", number=number))
    draft = replace(draft, points=tuple(points))
    return Filled(replace(state, draft=draft), say(state.language, "corrected"))


def _edit(state: State, given: Fill) -> Filled:
    if given.verb == "back":
        return Filled(replace(state, step=Step.CONFIRM))
    if given.verb not in {step.value for step in FLOW}:
        return Filled(state, say(state.language, "press_button"))
    draft = replace(_draft(state), correcting=True)
    return Filled(replace(state, step=Step(given.verb), draft=draft))


STEPS: dict[Step, Callable[[State, Fill], Filled]] = {
    Step.CONTENT: _content,
    Step.MORE: _more,
    Step.PLACE: _place_step,
    Step.FILES: _files,
    Step.NAME: _name,
    Step.REPLY_BY: _reply_by_step,
    Step.CONTACT: _contact,
    Step.CONFIDENTIAL: _confidential,
    Step.CONSENT: _consent,
    Step.CONFIRM: _confirm,
    Step.EDIT: _edit,
}
FLOW = (
    Step.CONTENT,
    Step.PLACE,
    Step.FILES,
    Step.NAME,
    Step.REPLY_BY,
    Step.CONFIDENTIAL,
    Step.CONSENT,
    Step.CONFIRM,
)


def _next(state: State, draft: Draft) -> Filled:
    """Go to the step after the present one; a single correction goes back to the read-back."""
    if draft.correcting:
        step = Step.CONFIRM
    elif draft.brief and state.step in {Step.PLACE, Step.FILES}:
        step = Step.MORE
    else:
        here = Step.REPLY_BY if state.step is Step.CONTACT else state.step
        step = FLOW[FLOW.index(here) + 1]
        if step is Step.PLACE and draft.place:
            step = Step.FILES  # a poster named it
        if step is Step.CONFIDENTIAL and draft.kind is Kind.MISCONDUCT_REPORT:
            step = Step.CONSENT  # always confidential: nothing to choose
        if step is Step.CONSENT and not draft.agency:
            step = Step.CONFIRM
        if step is Step.REPLY_BY and draft.reply_by is ReplyBy.PHONE and not draft.contact:
            step = Step.CONTACT  # asked to be called: the way is already known
    return Filled(replace(state, step=step, draft=replace(draft, correcting=False)))


def _with_content(state: State, text: str, *, stay: bool = False) -> Filled:
    draft = _draft(state)
    content = "\n".join(filter(None, (draft.content, text.strip())))
    if len(content) > MOST_CONTENT:
        return Filled(state, say(state.language, "content_full", most=MOST_CONTENT))
    draft = replace(draft, content=content, points=tuple(split_points(content)))
    note = say(state.language, "points_so_far", points=numbered(draft.points))
    if stay or state.step is Step.MORE:
        return Filled(replace(state, draft=draft), note)
    moved = _next(state, draft).state
    if moved.step is Step.PLACE and draft.brief:
        moved = replace(moved, step=Step.MORE)
    return Filled(moved, note)


def edit_message(state: State, before: Version, after: Version) -> State:
    """Put an edited message into the draft in place of what it said before."""
    draft = _with_new_file(_with_moved_pin(_draft(state), before, after), before, after)
    old, new = before.text.strip(), after.text.strip()
    if old != new:
        draft = _with_new_text(draft, old, new, caption=bool(before.files))
    return replace(state, draft=draft)


def _with_new_text(draft: Draft, old: str, new: str, *, caption: bool) -> Draft:
    content = draft.content
    if old and old in content:
        content = content.replace(old, new, 1)
    elif caption:  # it came when a caption was not asked for, or without one
        content = "\n".join(filter(None, (content, new)))
    if len(content) <= MOST_CONTENT:
        draft = replace(draft, content=content, points=tuple(split_points(content)))
    if old and draft.place and old in draft.place:
        draft = replace(draft, place=draft.place.replace(old, new, 1))
    if old and draft.name == " ".join(old.split()):
        draft = replace(draft, name=" ".join(new.split()))
    return draft


def _with_moved_pin(draft: Draft, before: Version, after: Version) -> Draft:
    if after.place is None or (draft.latitude, draft.longitude) != before.place:
        return draft
    return replace(draft, latitude=after.place[0], longitude=after.place[1])


def _with_new_file(draft: Draft, before: Version, after: Version) -> Draft:
    if before.prints == after.prints:
        return draft
    kept = (one for one in draft.files if one not in before.files)
    return replace(draft, files=(*kept, *after.files)[:MOST_FILES])


def _take_place(state: State, place: tuple[float, float]) -> Filled:
    draft = replace(_draft(state), latitude=place[0], longitude=place[1])
    if state.step is Step.PLACE:
        return _next(state, draft)
    return Filled(replace(state, draft=draft), _place(draft, state.language) or "")


def _take_files(state: State, given: Fill) -> Filled:
    draft = _draft(state)
    draft = replace(draft, files=(*draft.files, *given.files)[:MOST_FILES])
    state = replace(state, draft=draft, album=given.album)
    note = say(state.language, "file_added", count=len(draft.files))
    if given.text.strip():  # a photo's caption belongs to the matter, whatever was asked just now
        filled = _with_content(state, given.text, stay=state.step is not Step.CONTENT)
        return Filled(filled.state, f"{note}\n{filled.note}")
    return Filled(state, note)


def _content_question(draft: Draft) -> str:
    if draft.files:
        return "ask_content_photo"
    if draft.kind is Kind.REFORM_SUGGESTION:
        return "ask_content_suggestion"
    return "ask_content"


def _place(draft: Draft, language: str) -> str | None:
    if draft.latitude is None or draft.longitude is None:
        return draft.place
    pin = say(language, "v_pin", latitude=draft.latitude, longitude=draft.longitude)
    return f"{draft.place}（{pin}）" if draft.place else pin


def _place_in_village(draft: Draft, language: str, village_of: VillageOf) -> str | None:
    """The place with its village, unless the words name that already."""
    place = _place(draft, language)
    village = village_of(draft.place, draft.latitude, draft.longitude) if place else None
    if not village or village in (place or ""):
        return place
    return say(language, "v_in_village", place=place, village=village)


def _reply_by(draft: Draft, language: str) -> str:
    way = say(language, f"b_{draft.reply_by or ReplyBy.CHAT}")
    return f"{way} {draft.contact}" if draft.contact else way


def _draft(state: State) -> Draft:
    if state.draft is None:
        raise ValueError(f"step {state.step} without a draft")
    return state.draft
