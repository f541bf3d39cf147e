"""The loop over the API: unanswered questions, drafts, approval, the test set, lists of words."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.office import Office
from complaints import handling
from complaints.tables import Case
from data.database import transaction
from faq.keeping import answering
from faq.keeping.answering import Fate
from faq.keeping.tables import Asked
from tests.admin_api.staff import API, ENTRIES, ENTRY, Headers, LogIn, NewCase, once, problem
from tests.makers import NOON, make_officer

FAQ = f"{API}/faq"
DRAFTS = f"{FAQ}/drafts"
TRIALS = f"{FAQ}/trials"
CONTENT = {name: value for name, value in ENTRY.items() if name != "id"}


@pytest.fixture
def editor(log_in: LogIn) -> Headers:
    """Somebody who writes entries."""
    return log_in("editor", role="faq_editor")


@pytest.fixture
def chief(log_in: LogIn) -> Headers:
    """Somebody who approves them."""
    return log_in("chief", role="section_chief")


def asked(office: Office, *texts: str, **given: Any) -> list[int]:
    """Recorded questions."""
    usual = {"asker": "test:1", "verdict": "unknown", "offered": [], "confidence": 0.0}
    rows = [Asked(text=text, at=NOON, index_version=1, **(usual | given)) for text in texts]
    with transaction(office.engine) as tx:
        tx.add_all(rows)
        tx.flush()
        return [row.id for row in rows]


def answer(office: Office, text: str) -> str | None:
    """The entry a citizen who asks this now is surely answered from."""
    with transaction(office.engine) as tx:
        index = office.shelf.current(tx)
        got = answering.answer(tx, text, asker="test:1", index=index, now=NOON)
        return got.cards[0].id if got.verdict == "sure" else None


def test_41_from_what_nobody_could_answer_to_an_entry(
    client: TestClient, office: Office, editor: Headers, chief: Headers
) -> None:
    asked(office, "鸚鵡可以報戶口嗎", "鸚鵡能不能報戶口", "狗要繳稅嗎")
    matter = client.get(f"{FAQ}/unanswered", headers=editor).json()[0]
    assert (matter["times"], matter["askers"], len(matter["texts"])) == (2, 1, 2)

    body = {"id": "parrot-permit", "asked_ids": matter["asked_ids"]}
    made = client.post(f"{DRAFTS}/from-questions", headers=editor, json=body)
    draft = made.json()
    number = draft["id"]
    assert made.status_code == 201
    assert draft["content"]["aliases"]
    assert problem(client.post(f"{DRAFTS}/{number}/submit", headers=editor)) == (422, "bad-entry")

    content = CONTENT | {"aliases": [draft["content"]["question"], *draft["content"]["aliases"]]}
    read = content | {"of": draft["at"]}
    assert client.put(f"{DRAFTS}/{number}", headers=editor, json=read).is_success
    older = content | {"of": "2026-11-26T11:59:59.5+08:00"}
    again = client.put(f"{DRAFTS}/{number}", headers=editor, json=older)
    assert problem(again) == (409, "stale-entry")
    assert client.post(f"{DRAFTS}/{number}/submit", headers=editor).json()["state"] == "submitted"
    refused = client.post(f"{DRAFTS}/{number}/publish", headers=editor)
    assert problem(refused) == (403, "forbidden")
    assert answer(office, "鸚鵡可以報戶口嗎") is None

    done = client.post(f"{DRAFTS}/{number}/publish", headers=chief).json()
    assert (done["state"], done["by"], done["decided_by"]) == ("published", "editor", "chief")
    assert answer(office, "鸚鵡可以報戶口嗎") == "parrot-permit"
    assert client.get(DRAFTS, headers=editor).json() == []


def test_a_draft_is_approved_for_a_day_and_may_be_taken_back(
    client: TestClient, office: Office, editor: Headers, chief: Headers
) -> None:
    body = CONTENT | {"id": "parrot-permit"}
    number = client.post(DRAFTS, headers=editor, json=body).json()["id"]
    client.post(f"{DRAFTS}/{number}/submit", headers=editor)
    path = f"{DRAFTS}/{number}/publish"
    for wrong in ({"on": "soon"}, {"on": "2026-02-30"}, {"day": "2027-01-01"}):
        assert problem(client.post(path, headers=chief, json=wrong)) == (422, "invalid-request")
    gone = client.post(path, headers=chief, json={"on": "2026-11-25"})
    assert problem(gone) == (422, "bad-entry")
    waits = client.post(path, headers=chief, json={"on": "2027-01-01"}).json()
    assert (waits["state"], waits["publish_on"]) == ("scheduled", "2027-01-01")
    assert [one["id"] for one in client.get(DRAFTS, headers=editor).json()] == [number]
    assert client.get(f"{ENTRIES}/parrot-permit", headers=editor).status_code == 404
    back = client.post(f"{DRAFTS}/{number}/return", headers=chief, json={"reason": "改期"}).json()
    assert (back["state"], back["publish_on"]) == ("open", None)


def test_a_draft_catches_up_with_its_entry(
    client: TestClient, editor: Headers, chief: Headers
) -> None:
    client.post(ENTRIES, headers=chief, json=CONTENT | {"id": "parrot-permit"})
    mine = CONTENT | {"id": "parrot-permit", "answer": "我寫的。"}
    number = client.post(DRAFTS, headers=editor, json=mine).json()["id"]
    theirs = CONTENT | {"version": 1, "answer": "別人寫的。", "fee": "九十九元"}
    client.put(f"{ENTRIES}/parrot-permit", headers=chief, json=theirs)
    path = f"{DRAFTS}/{number}/catch-up"
    assert client.post(path).status_code == 401
    assert client.post(path, headers=chief | {"Idempotency-Key": "k"}).status_code == 403
    caught = client.post(path, headers=editor).json()
    assert (caught["both_changed"], caught["of_version"]) == (["answer"], 2)
    assert (caught["content"]["answer"], caught["content"]["fee"]) == ("我寫的。", "九十九元")
    client.post(f"{DRAFTS}/{number}/submit", headers=editor)
    assert problem(client.post(path, headers=editor)) == (409, "draft-not-open")
    assert client.post(f"{DRAFTS}/{number}/publish", headers=chief).status_code == 200
    assert problem(client.post(f"{DRAFTS}/99/catch-up", headers=editor)) == (404, "unknown-draft")


def test_a_publish_that_answers_worse_is_blocked_and_names_the_questions(
    client: TestClient, office: Office, editor: Headers, chief: Headers
) -> None:
    trial = {"text": "身分證遺失了要怎麼補領？", "entry_id": "id-card-lost"}
    added = client.post(TRIALS, headers=editor, json=trial).json()
    assert added["grade"] == 2
    thief = CONTENT | {"id": "thief", "aliases": ["身分證遺失了要怎麼補領？"]}
    number = client.post(DRAFTS, headers=editor, json=thief).json()["id"]
    client.post(f"{DRAFTS}/{number}/submit", headers=editor)
    tried = client.get(f"{DRAFTS}/{number}/rehearsal", headers=editor).json()
    assert [one["text"] for one in tried["worse"]] == [trial["text"]]

    blocked = client.post(f"{DRAFTS}/{number}/publish", headers=chief)
    assert problem(blocked) == (409, "answers-worse")
    assert blocked.json()["questions"] == [trial["text"]]
    at_once = client.post(ENTRIES, headers=chief, json=thief)
    assert problem(at_once) == (409, "answers-worse")
    entry = client.get(f"{ENTRIES}/id-card-lost", headers=chief).json()
    gone = client.delete(
        f"{ENTRIES}/id-card-lost", headers=chief, params={"version": entry["version"]}
    )
    assert problem(gone) == (409, "answers-worse")
    assert client.get(f"{ENTRIES}/thief", headers=chief).status_code == 404

    assert client.delete(f"{TRIALS}/{added['id']}", headers=editor).status_code == 403
    assert client.delete(f"{TRIALS}/{added['id']}", headers=chief).is_success
    assert client.post(f"{DRAFTS}/{number}/publish", headers=chief).is_success


def test_a_wording_is_taken_over_or_refused_by_a_person(
    client: TestClient, office: Office, editor: Headers
) -> None:
    given = {"verdict": "choose", "fate": Fate.CHOSEN, "entry_id": "id-card-lost"}
    asked(office, "我的大頭卡飛走了", "那張卡被狗叼去", **given)
    suggestions = f"{FAQ}/suggestions"
    found = client.get(suggestions, headers=editor).json()
    assert {one["text"] for one in found} == {"我的大頭卡飛走了", "那張卡被狗叼去"}
    version = client.get(f"{ENTRIES}/id-card-lost", headers=editor).json()["version"]
    decision = {"entry_id": "id-card-lost", "version": version}
    yes = decision | {"text": "我的大頭卡飛走了", "accept": True}
    assert client.post(suggestions, headers=editor, json=yes).is_success
    no = decision | {"text": "那張卡被狗叼去", "accept": False}
    assert client.post(suggestions, headers=editor, json=no).is_success
    assert client.get(suggestions, headers=editor).json() == []
    assert answer(office, "我的大頭卡飛走了") == "id-card-lost"
    assert problem(client.post(suggestions, headers=editor, json=yes)) == (409, "stale-entry")
    for accept in (True, False):
        nowhere = yes | {"entry_id": "no-such-entry", "accept": accept}
        refused = client.post(suggestions, headers=editor, json=nowhere)
        assert problem(refused) == (404, "unknown-entry")


def test_a_replied_case_becomes_a_draft_unless_it_is_confidential(
    client: TestClient, office: Office, editor: Headers, log_in: LogIn, new_case: NewCase
) -> None:
    case = new_case()
    controller = log_in("controller2", role="case_controller")
    with transaction(office.engine) as tx:
        officer = tx.get_one(Case, case.id).handler

        by = officer or make_officer(tx, "replier")
        handling.reply(tx, case.case_no, "已清除，電話0912345678。", by=by, version=1, now=NOON)
    body = {"id": "cleared", "case_no": case.case_no}
    made = client.post(f"{DRAFTS}/from-case", headers=controller, json=body).json()
    assert made["content"]["answer"] == "已清除，電話（電話）。"
    assert (made["origin"], made["note"]) == ("case", case.case_no)
    blind = client.post(f"{DRAFTS}/from-case", headers=editor, json=body)
    assert problem(blind) == (404, "unknown-case")
    with transaction(office.engine) as tx:
        tx.get_one(Case, case.id).confidential = True
    closed = client.post(f"{DRAFTS}/from-case", headers=controller, json=body | {"id": "cleared-2"})
    assert problem(closed) == (403, "forbidden")


def test_the_offices_words_are_checked_and_then_understood(
    client: TestClient, office: Office, editor: Headers
) -> None:
    lists = f"{FAQ}/word-lists"
    shown = {one["name"]: one for one in client.get(lists, headers=editor).json()}
    assert shown["lexicon"]["version"] == 0
    wrong = client.put(f"{lists}/lexicon", headers=editor, json={"text": "卡：牌", "version": 0})
    assert problem(wrong) == (422, "bad-word-list")
    assert "office:1" in wrong.json()["detail"]
    body = {"text": "印鑑證明 = 圓圈紙", "version": 0}
    assert client.put(f"{lists}/lexicon", headers=editor, json=body).json()["version"] == 1
    assert problem(client.put(f"{lists}/lexicon", headers=editor, json=body)) == (
        409,
        "stale-word-list",
    )
    tried = client.post(f"{FAQ}/try", headers=editor, json={"text": "圓圈紙要帶什麼"}).json()
    assert "印鑑" in tried["candidates"][0]["label"]


@once
def test_who_may_not_edit_may_not_teach(client: TestClient, log_in: LogIn) -> None:
    clerk = log_in("me", role="clerk")
    for refused in (
        client.post(DRAFTS, headers=clerk, json=ENTRY),
        client.post(TRIALS, headers=clerk, json={"text": "甲"}),
        client.put(f"{FAQ}/word-lists/lexicon", headers=clerk, json={"text": "", "version": 0}),
        client.post(f"{DRAFTS}/1/publish", headers=clerk),
    ):
        assert problem(refused) == (403, "forbidden")
    assert client.get(DRAFTS, headers=clerk).json() == []
    assert client.get(f"{FAQ}/few-wordings", headers=clerk).is_success
    assert client.get(f"{FAQ}/unanswered").status_code == 401


@once
def test_what_is_not_there_is_said(client: TestClient, editor: Headers, chief: Headers) -> None:
    assert problem(client.post(f"{DRAFTS}/99/submit", headers=editor)) == (404, "unknown-draft")
    assert problem(client.get(f"{DRAFTS}/99/rehearsal", headers=editor)) == (404, "unknown-draft")
    assert problem(client.post(f"{DRAFTS}/99/publish", headers=chief)) == (404, "unknown-draft")
    assert problem(client.delete(f"{TRIALS}/99", headers=chief)) == (404, "unknown-trial")
    trial = {"text": "甲", "entry_id": "nothing"}
    assert problem(client.post(TRIALS, headers=editor, json=trial)) == (404, "unknown-entry")
    lists = client.put(f"{FAQ}/word-lists/what", headers=editor, json={"text": "", "version": 0})
    assert problem(lists) == (422, "bad-word-list")
    body = {"id": "x-1", "asked_ids": [99]}
    none = client.post(f"{DRAFTS}/from-questions", headers=editor, json=body)
    assert problem(none) == (404, "unknown-question")


def test_why_answers_did_not_help_stands_beside_their_questions(
    client: TestClient, office: Office, editor: Headers
) -> None:
    sure = {"verdict": "sure", "entry_id": "move-in", "helpful": False}
    for reason in ("wrong", "off_topic", "wrong", None):
        asked(office, "鸚鵡可以報戶口嗎", reason=reason, **sure)
    asked(office, "狗要繳稅嗎")
    parrots, dogs = client.get(f"{FAQ}/unanswered", headers=editor).json()
    assert (parrots["times"], parrots["reasons"]) == (4, {"wrong": 2, "off_topic": 1})
    assert dogs["reasons"] == {}
