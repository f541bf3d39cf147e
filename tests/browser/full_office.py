"""An office in which something lies on every page: for tests that look at all of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_api.exams import as_question
from complaints import (
    handling,
    law_changes,
    presence,
    recount,
    reminders,
    staffing,
    subscriptions,
    tasks,
    templates,
)
from complaints.clock.calendars import OwnDay
from complaints.handling import Pledge
from complaints.intake import SentFile
from complaints.measuring import exams, following, opening, outcomes, questionnaires
from complaints.measuring.columns import File
from complaints.measuring.exams import CRITERIA, PaperKind
from complaints.measuring.periods import Period
from complaints.measuring.tables import Report
from complaints.privacy import retention, viewing
from complaints.states import Aspect, Fault, Kind, Outcome
from complaints.tables import Case, Officer, Task
from complaints.tasks import TaskKind
from data.outbox import Address
from faq.keeping import drafts, editing, forms, sampling, trials
from faq.keeping.tables import Asked, Entry
from tests.makers import NOON, answer_case, make_case, make_officer

LOST = "id-card-lost"
CALLER, SOMEBODY = Address("phone", "0222222222"), Address("web", "somebody")
ANSWER = "路燈將於下週更換。人行道坑洞已用冷料填平，謝謝您的通知。"
ROLES = {
    "head": "director",
    "secretary": "secretary",
    "clerk": "clerk",
    "ann": "clerk",
    "admin": "administrator",
    "gone": "clerk",
}


@dataclass
class _Desk:
    """The transaction, the day, and who works here; each method takes a case a step further."""

    tx: Session
    now: datetime
    staff: dict[str, Officer]

    def case(self, *, days_ago: int = 0, **given: Any) -> Case:
        then = self.now - timedelta(days=days_ago)
        usual: dict[str, Any] = {"section": "民政課", "contact": "0912345678", "reply_by": "phone"}
        usual |= {"place": "範例街 18 號", "citizen": SOMEBODY}
        return make_case(self.tx, now=then, **(usual | given))

    def do(self, case: Case, verb: Any, who: str, **given: Any) -> Any:
        by = self.staff[who]
        return verb(self.tx, case.case_no, by=by, version=case.version, now=self.now, **given)

    def assigned(self, **given: Any) -> Case:
        case = self.case(**given)
        self.do(case, handling.assign, "controller", section="civil", handler="clerk")
        return case

    def accepted(self, **given: Any) -> Case:
        case = self.assigned(**given)
        self.do(case, handling.accept, "clerk")
        return case

    def drafted(self, **given: Any) -> tuple[Case, int]:
        case = self.accepted(**given)
        pledged = [Pledge("下週更換路燈", self.now.date() + timedelta(days=5))]
        said = {"text": ANSWER, "promises": pledged, "answered": (1, 2, 3)}
        made = self.do(case, handling.draft, "clerk", **said)
        return case, made.id


def fill(tx: Session, now: datetime = NOON) -> None:
    """Put something on every page; needs the officers `director` and `controller`."""
    staff = {name: make_officer(tx, name, role) for name, role in ROLES.items()}
    for row in tx.scalars(select(Officer)):
        staff.setdefault(row.username, row)
    desk = _Desk(tx, now, staff)
    _fill_queue(desk)
    _fill_tasks(desk)
    _fill_privacy(desk)
    _fill_knowledge(desk)
    _fill_clock(desk)
    _fill_people(desk)
    _fill_wordings(desk)
    _fill_meeting(desk)
    _fill_openness(desk)
    _fill_opinions(desk)


def _fill_queue(desk: _Desk) -> None:
    """Cases in every state, one on which nearly everything happened, late ones."""
    photo = SentFile("web", "file-1")
    desk.case(confidential=True)
    late = desk.accepted(days_ago=30, files=(photo,))
    reminders.look_at(desk.tx, late.case_no, now=desk.now)
    desk.do(late, handling.note, "clerk", text="已到現場看過。")
    presence.note_viewing(desk.tx, late, by=desk.staff["clerk"], now=desk.now)
    waiting = desk.accepted()
    desk.do(waiting, handling.ask_supplement, "clerk", what="請補現場照片。")
    longer = desk.accepted()
    desk.do(longer, handling.ask_extension, "clerk", days=5, reason="待會勘")
    desk.do(longer, handling.consult, "clerk", section="civil", question="是否為權管？")
    desk.drafted()
    approved, number = desk.drafted()
    desk.do(approved, handling.approve, "head", draft_id=number)
    sent, number = desk.drafted()
    desk.do(sent, handling.send_back, "head", draft_id=number, reason="請寫明期限")
    text = "路燈已更換，坑洞已填平。"
    made = desk.do(sent, handling.draft, "clerk", text=text, answered=(1, 2, 3))
    desk.do(sent, handling.approve, "head", draft_id=made.id)
    desk.do(sent, handling.send, "clerk", draft_id=made.id)
    main, other = desk.case(content="公園路燈不亮"), desk.case(content="公園路燈不亮，很暗")
    desk.do(other, handling.merge, "controller", into=main.case_no)
    moved = desk.case()
    given: dict[str, Any] = {
        "agency": "臺北市政府工務局",
        "phone": "02-12345678",
        "reason": "非本所權管",
    }
    desk.do(moved, handling.transfer, "controller", **given, with_identity=False)


def _fill_tasks(desk: _Desk) -> None:
    case = desk.case(citizen=CALLER)
    for number, kind in enumerate(TaskKind):
        due = desk.now.date() + timedelta(days=number - 3)
        about = "請致電王先生告知進度，並說明下週三前會到場會勘。"
        tasks.make(desk.tx, f"full:{kind}", kind, about, now=desk.now, case=case, due_on=due)


def _fill_privacy(desk: _Desk) -> None:
    case = desk.accepted()
    viewing.ask(desk.tx, case, "約定會勘時間", by=desk.staff["clerk"], now=desk.now)
    for name in ("head", "secretary"):
        viewing.ask(desk.tx, case, "會勘", by=desk.staff[name], now=desk.now)
        viewing.view(desk.tx, case, by=desk.staff[name], now=desk.now)
    for step in range(3):
        _end_long_ago(desk)
        if step < 2:
            made = retention.draw_up(desk.tx, by=desk.staff["controller"], now=desk.now)
        if step < 1:
            retention.approve(desk.tx, made.id, by=desk.staff["head"], now=desk.now)


def _end_long_ago(desk: _Desk) -> None:
    """A case that was answered and closed six years ago."""
    then, by = desk.now - timedelta(days=6 * 366), desk.staff["controller"]
    case = make_case(desk.tx, now=then, section="民政課", citizen=SOMEBODY)
    answer_case(desk.tx, case, by, now=then)
    given: dict[str, Any] = {
        "outcome": Outcome.RESOLVED,
        "reason": "已清除",
        "version": case.version,
    }
    handling.close(desk.tx, case.case_no, **given, by=by, now=then)


def _fill_knowledge(desk: _Desk) -> None:
    """Unanswered questions, a test set, drafts in each state, a suggested wording."""
    usual: dict[str, Any] = {"offered": [], "confidence": 0.0, "at": desk.now, "index_version": 1}
    for number, text in enumerate(["石獅子幾歲", "石獅子多大年紀", "門口的魚池誰養的"]):
        row = Asked(text=text, asker=f"test:{number}", verdict="unknown", **usual)
        desk.tx.add(row)
    for number in range(4):
        said = {"verdict": "choose", "fate": "chosen", "entry_id": LOST, "helpful": True}
        desk.tx.add(Asked(text="身份證不見惹", asker=f"test:{number}", **usual, **said))
    for name in ("委託書", "場地申請書"):
        forms.keep(desk.tx, name, b"%PDF-1.7", by="controller", now=desk.now)
    trials.add(desk.tx, "身分證遺失要怎麼補領", LOST, by="controller", now=desk.now)
    trials.add(desk.tx, "石獅子幾歲", None, by="controller", now=desk.now)
    content = editing.content_of(desk.tx.get_one(Entry, LOST))
    for number in range(3):
        made = drafts.write(desk.tx, f"lion-{number}", content, by="admin", now=desk.now)
        if number:
            drafts.submit(desk.tx, made.id, now=desk.now)
        if number == 1:
            drafts.send_back(desk.tx, made.id, reason="請補法令依據", by="head", now=desk.now)


def _fill_clock(desk: _Desk) -> None:
    """A closure that holds, and one that waits for somebody's decision."""
    by: dict[str, Any] = {"by": desk.staff["controller"], "now": desk.now}
    held = recount.propose_day(
        desk.tx, OwnDay(date(2026, 12, 1), "full", works=False, reason="颱風停班"), **by
    )
    recount.apply(desk.tx, held.id, by=desk.staff["head"], now=desk.now)
    recount.propose_day(
        desk.tx, OwnDay(date(2026, 12, 2), "full", works=False, reason="水災停班"), **by
    )


def _fill_people(desk: _Desk) -> None:
    today = desk.now.date()
    staffing.add_absence(desk.tx, desk.staff["clerk"], today, today, desk.staff["ann"])
    staffing.add_absence(
        desk.tx, desk.staff["ann"], today + timedelta(days=7), today + timedelta(days=9), None
    )
    desk.staff["gone"].active = False
    system: dict[str, Any] = {"name": "公文系統", "url": "http://127.0.0.1:9/", "kinds": []}
    by = desk.staff["admin"]
    subscriptions.add(desk.tx, **system, by=by, now=desk.now).active = False  # nothing is sent


def _fill_wordings(desk: _Desk) -> None:
    """Templates of which one is locked by a change of its law."""
    given: dict[str, Any] = {"section": None, "kind": Kind.RIGHTS_PROTECTION, "now": desk.now}
    by = desk.staff["controller"]
    text = "{案號}：您反映的事項，本所已派員於〔日期〕處理。"
    templates.add(desk.tx, name="已處理", text=text, by=by, **given)
    text = f"{text}依廢棄物清理法第27條。"
    templates.add(desk.tx, name="清除廢棄物", text=text, by=by, **given)
    law_changes.note(
        desk.tx,
        law="廢棄物清理法",
        article="第27條",
        effective_on=desk.now.date(),
        words="罰鍰提高。",
        by=by,
        now=desk.now,
    )


def _fill_meeting(desk: _Desk) -> None:
    """An exam half scored, and decisions: one told of, one that ended."""
    span = {"start": desk.now - timedelta(days=1), "end": desk.now + timedelta(days=1)}
    asked = [as_question(one) for one in sampling.draw(desk.tx, **span, seed=7, number=5)]
    sent = exams.draw_replies(desk.tx, **span, seed=7, number=2)
    by: dict[str, Any] = {"by": desk.staff["controller"], "now": desk.now}
    exams.set_exam(desk.tx, "2026-10", 7, asked, sent, **by)
    paper = exams.papers_for(desk.tx, desk.staff["controller"])[0]
    exams.score(desk.tx, paper.id, dict.fromkeys(CRITERIA[PaperKind(paper.kind)], 4), **by)
    due: dict[str, Any] = {"period": "2026-10", "section": "civil", "due_on": desk.now.date()}
    told = following.decide(desk.tx, **due, text="清查騎樓占用並造冊", **by)
    following.tell_news(desk.tx, told.id, "已會勘十二處，其餘下週完成。", **by)
    done = following.decide(desk.tx, **due, text="更新路燈巡查表", **by)
    following.finish(desk.tx, done.id, result="已更新並公告。", **by)


def _fill_openness(desk: _Desk) -> None:
    """Files that are out, one that could be made, and an item in every state."""
    given: dict[str, Any] = {"files": {}, "changes": [], "asked_by": "head", "asked_at": desk.now}
    reported: dict[str, Any] = {"state": "done", "published_at": desk.now}
    desk.tx.add_all(Report(period=f"2026-0{n}", **reported, **given) for n in (8, 9))
    desk.tx.flush()
    made: dict[str, Any] = {"period": "2026-10", "asked_by": "head", "asked_at": desk.now}
    change = {"where": "民政課", "name": "本期受理", "was": None, "now": 1}
    desk.tx.add_all(
        [
            Report(state="running", step="產製檔案", done=40, files={}, changes=[], **made),
            Report(state="failed", step="產製失敗，請看系統紀錄", files={}, changes=[], **made),
            Report(
                state="done",
                issue=1,
                reason="補登一件紙本陳情",
                files={"civicline-2026-10-correction-1.pdf": ""},
                changes=[change],
                **made,
            ),
        ]
    )
    desk.tx.flush()
    for file in File:
        opening.make(desk.tx, Period.month(2026, 9), file, reported=True, now=desk.now)
    texts: dict[str, Any] = {"said": "公園路燈太暗，晚上不敢走。", "did": "加裝六盞路燈。"}
    by: dict[str, Any] = {"by": desk.staff["clerk"], "now": desk.now}
    items = [outcomes.propose(desk.tx, period=f"2026-0{n}", **texts, **by).id for n in (6, 7, 8, 9)]
    for number in items[:3]:
        outcomes.approve(desk.tx, number, by=desk.staff["head"], now=desk.now)
    outcomes.withdraw_item(desk.tx, items[0], by=desk.staff["head"], now=desk.now)


def _fill_opinions(desk: _Desk) -> None:
    """Cases graded low, one looked at again and one not yet; a questionnaire with answers."""
    for settled in (True, False):
        case = desk.accepted()
        answer_case(desk.tx, case, desk.staff["head"], now=desk.now)
        handling.rate(desk.tx, case.case_no, 1, aspect=Aspect.RESULT, now=desk.now)
        handling.say_why(desk.tx, case.case_no, Fault.SLOW, said="等了三個月", now=desk.now)
        of_case = select(Task.id).where(Task.case_id == case.id, Task.done_at.is_(None))
        number = desk.tx.scalars(of_case.where(Task.kind == TaskKind.SECOND_REVIEW)).one()
        if settled:
            told: dict[str, Any] = {"by": desk.staff["head"], "now": desk.now, "reached": True}
            handling.settle_task(desk.tx, number, "請承辦改善", words="我們會改進。", **told)
    by: dict[str, Any] = {"by": desk.staff["controller"], "now": desk.now}
    days = {"opens_on": desk.now.date(), "closes_on": desk.now.date() + timedelta(days=20)}
    questions = questionnaires.default_questions()
    given: dict[str, Any] = {"title": "115年度服務滿意度問卷", "questions": questions, **days}
    opened = questionnaires.open_year(desk.tx, desk.now.year, **given, **by)
    answers = {one.key: "4" for one in questions if one.required}
    answers |= {"age": "from_35", "more": "櫃檯很親切。"}
    for number in range(12):
        mark = questionnaires.mark_of(desk.tx, opened, Address("paper", str(number)))
        questionnaires.enter(desk.tx, opened, mark, answers, channel="paper", **by)
