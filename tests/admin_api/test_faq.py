from datetime import timedelta
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from app.office import Office
from data.database import reading, transaction
from faq.keeping import answering
from faq.keeping.answering import Answer, Fate
from faq.keeping.tables import Asked, Revision
from tests.admin_api.staff import API, ENTRIES, ENTRY, Clock, Headers, LogIn, once, problem
from tests.makers import NOON

PARROT = f"{ENTRIES}/{ENTRY['id']}"
TRY = f"{API}/faq/try"
CONTENT = {name: value for name, value in ENTRY.items() if name != "id"}
QUESTION = str(ENTRY["question"])


def create(client: TestClient, staff: Headers) -> dict[str, Any]:
    answer = client.post(ENTRIES, headers=staff, json=ENTRY)
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


def change(client: TestClient, staff: Headers, *, version: int = 1, **new: object) -> Any:
    return client.put(PARROT, headers=staff, json=CONTENT | {"version": version} | new)


def ask(office: Office, text: str) -> Answer:
    """What a citizen who asks this now is answered."""
    with transaction(office.engine) as tx:
        index = office.shelf.current(tx)
        return answering.answer(tx, text, asker="test:1", index=index, now=NOON)


def test_the_list_pages_by_id_and_can_be_filtered(client: TestClient, staff: Headers) -> None:
    seen: list[str] = []
    wanted: dict[str, Any] = {"limit": 100}
    while wanted.get("cursor", "") is not None:
        page = client.get(ENTRIES, headers=staff, params=wanted).json()
        seen += [entry["id"] for entry in page["entries"]]
        wanted["cursor"] = page["next_cursor"]
    assert len(seen) > 200
    assert seen == sorted(set(seen))

    create(client, staff)
    for wanted in ({"q": "鸚鵡"}, {"category": "其他", "q": "不必登記"}):
        found = client.get(ENTRIES, headers=staff, params=wanted).json()["entries"]
        assert [entry["id"] for entry in found] == [ENTRY["id"]]
    signs = client.get(ENTRIES, headers=staff, params={"q": "_"}).json()
    assert signs["entries"] == []


def test_an_entry_is_kept_as_it_was_written(client: TestClient, staff: Headers) -> None:
    made = create(client, staff)
    assert made == client.get(PARROT, headers=staff).json()
    assert ENTRY.items() <= made.items()
    assert (made["version"], made["retired"]) == (1, False)
    assert problem(client.get(f"{ENTRIES}/nothing", headers=staff)) == (404, "unknown-entry")


def test_the_engine_answers_from_the_new_text_at_once(
    client: TestClient, office: Office, staff: Headers
) -> None:
    create(client, staff)
    assert ask(office, QUESTION).cards[0].answer == "不必登記。"
    assert change(client, staff, answer="自明年起須登記。", aliases=["鸚哥"]).is_success
    assert ask(office, QUESTION).cards[0].answer == "自明年起須登記。"
    assert ask(office, "鸚哥").cards[0].id == ENTRY["id"]
    client.delete(PARROT, headers=staff, params={"version": 2})
    assert ENTRY["id"] not in [card.id for card in ask(office, QUESTION).cards]


def test_who_read_an_older_version_changes_nothing(
    client: TestClient, office: Office, staff: Headers
) -> None:
    create(client, staff)
    assert change(client, staff, answer="要。").json()["version"] == 2
    assert problem(change(client, staff, answer="不要。")) == (409, "stale-entry")
    gone = client.delete(PARROT, headers=staff, params={"version": 1})
    assert problem(gone) == (409, "stale-entry")
    assert client.get(PARROT, headers=staff).json()["answer"] == "要。"
    kept = select(Revision).where(Revision.entry_id == ENTRY["id"]).order_by(Revision.version)
    with reading(office.engine) as tx:
        assert [(row.content["answer"], row.by) for row in tx.scalars(kept)] == [
            ("不必登記。", "clerk"),
            ("要。", "clerk"),
        ]


def test_a_retired_entry_is_out_of_the_list_but_not_deleted(
    client: TestClient, staff: Headers
) -> None:
    create(client, staff)
    gone = client.delete(PARROT, headers=staff, params={"version": 1})
    assert (gone.status_code, gone.json()["retired"]) == (200, True)
    in_service = client.get(ENTRIES, headers=staff, params={"q": "鸚鵡"}).json()
    assert in_service["entries"] == []
    retired = client.get(ENTRIES, headers=staff, params={"retired": True}).json()
    assert [entry["id"] for entry in retired["entries"]] == [ENTRY["id"]]


@once
def test_an_entry_that_cannot_be_answered_from_is_refused(
    client: TestClient, staff: Headers
) -> None:
    for wrong, name in (
        ({"id": "Parrot"}, "invalid-request"),
        ({"id": "id-card-lost"}, "bad-entry"),
        ({"answer": ""}, "invalid-request"),
        ({"answer": "  "}, "bad-entry"),
        ({"label": "長" * 21}, "invalid-request"),
        ({"category": "長" * 41}, "bad-entry"),
        ({"aliases": ["鸚鵡", "鸚 鵡"]}, "bad-entry"),
        ({"checked_on": "2026-12-24"}, "bad-entry"),
        ({"checked_on": "someday"}, "invalid-request"),
        ({"documents": "護照"}, "invalid-request"),
        ({"version": 1}, "invalid-request"),
    ):
        answer = client.post(ENTRIES, headers=staff, json=ENTRY | wrong)
        assert problem(answer) == (422, name)
    assert client.get(PARROT, headers=staff).status_code == 404


@once
def test_today_is_taipeis(client: TestClient, clock: Clock, log_in: LogIn) -> None:
    clock.forward(hours=12, minutes=1)
    staff = log_in()
    late = client.post(ENTRIES, headers=staff, json=ENTRY | {"checked_on": "2026-11-28"})
    assert problem(late) == (422, "bad-entry")
    made = client.post(ENTRIES, headers=staff, json=ENTRY | {"checked_on": "2026-11-27"})
    assert made.status_code == 201


def test_a_repeated_key_changes_once(client: TestClient, staff: Headers) -> None:
    create(client, staff)
    headers = staff | {"Idempotency-Key": "k-1"}
    first, again = (change(client, headers, answer="要。") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert client.get(PARROT, headers=staff).json()["version"] == 2


@once
def test_a_clerk_reads_but_may_not_edit(client: TestClient, staff: Headers, log_in: LogIn) -> None:
    create(client, staff)
    me = log_in("me", role="clerk")
    assert client.get(PARROT, headers=me).status_code == 200
    refused = (
        client.post(ENTRIES, headers=me, json=ENTRY | {"id": "another"}),
        change(client, me, answer="要。"),
        client.delete(PARROT, headers=me, params={"version": 1}),
    )
    assert [problem(answer) for answer in refused] == [(403, "forbidden")] * 3
    assert client.get(PARROT, headers=me).json()["version"] == 1


@once
def test_a_question_can_be_tried_without_a_trace(
    client: TestClient, office: Office, staff: Headers
) -> None:
    create(client, staff)
    known = client.post(TRY, headers=staff, json={"text": QUESTION}).json()
    assert known["verdict"] == "sure"
    assert known["candidates"][0]["label"] == ENTRY["label"]
    scores = [one["score"] for one in known["candidates"]]
    assert scores == sorted(scores, reverse=True)
    unknown = client.post(TRY, headers=staff, json={"text": "ㄅㄆㄇ"}).json()
    assert unknown["verdict"] == "unknown"
    with reading(office.engine) as tx:
        assert tx.scalars(select(Asked)).all() == []


def test_unanswered_questions_come_with_how_often_they_were_asked(
    client: TestClient, office: Office, staff: Headers
) -> None:
    def asked(text: str, *, days_ago: int = 0, **given: Any) -> Asked:
        usual = {"asker": "test:1", "verdict": "unknown", "offered": [], "confidence": 0.0}
        at = NOON - timedelta(days=days_ago)
        return Asked(text=text, at=at, index_version=1, **(usual | given))

    with transaction(office.engine) as tx:
        tx.add_all([asked("鸚鵡？", days_ago=2), asked("鸚鵡", days_ago=1)])
        tx.add(asked("狗", verdict="choose", fate=Fate.NONE_OF_THESE))
        tx.add(asked("貓", verdict="sure", helpful=False))
        tx.add(asked("魚", verdict="sure", helpful=True))
        tx.add(asked("龜", days_ago=31))
    found = client.get(f"{API}/faq/unanswered", headers=staff).json()
    assert (found[0]["text"], found[0]["times"]) == ("鸚鵡", 2)
    assert found[0]["last_at"] == "2026-11-25T04:00:00Z"
    assert {(one["text"], one["verdict"]) for one in found[1:]} == {
        ("狗", "choose"),
        ("貓", "sure"),
    }
    longer = client.get(f"{API}/faq/unanswered", headers=staff, params={"days": 60}).json()
    assert "龜" in {one["text"] for one in longer}
