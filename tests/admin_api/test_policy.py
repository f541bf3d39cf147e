"""The table of who may do what, written out a second time and walked over HTTP."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_api.accounts import add_officer
from admin_api.policy import AREAS, CHANGING, LOOKING, Scope, Verb
from app.office import Office
from complaints.roles import Role
from complaints.states import Kind
from complaints.tables import Case, Officer
from data.database import transaction
from tests.admin_api.staff import (
    API,
    CASES,
    ENTRIES,
    ENTRY,
    Headers,
    History,
    LogIn,
    NewCase,
    make_token,
    once,
    problem,
)
from tests.makers import PASSWORD, answer_case, make_case, make_section

DESK = {"read_faq", "read_figures"}
HANDLING = DESK | {"read_cases", "read_clock", "read_people", "arrange", "draft", "close"}
LEADING = HANDLING | {"assign", "reply", "change_clock"}
OVERSEEING = LEADING | {"read_audit"}
MEETING = {"measure"}
MAY = {
    "clerk": HANDLING,
    "section_chief": LEADING | {"approve_faq"},
    "case_controller": OVERSEEING | MEETING | {"edit_faq", "approve_faq"},
    "secretary": OVERSEEING | MEETING | {"approve_faq"},
    "director": OVERSEEING | MEETING | {"approve_faq"},
    "ethics": OVERSEEING,
    "faq_editor": {"read_faq", "read_figures", "edit_faq"},
    "administrator": {
        "read_cases",
        "assign",
        "read_faq",
        "read_figures",
        "edit_faq",
        "approve_faq",
        "read_clock",
        "change_clock",
        "read_people",
        "arrange",
        "manage_accounts",
        "read_audit",
        "manage_subscriptions",
        "measure",
    },
}
# What a token of one scope allows, as far as its officer may.
OF_SCOPE: dict[str, set[str]] = {
    "cases:read": {"read_cases", "read_people"},
    "cases:write": {"assign", "draft", "reply", "close"},
    "faq:read": {"read_faq"},
    "faq:write": {"edit_faq", "approve_faq"},
    "figures:read": {"read_figures"},
    "clock:read": {"read_clock"},
    "clock:write": {"change_clock"},
}
AWAY = {"first_day": "2026-12-01", "last_day": "2026-12-01"}
CLOSED_TO_TOKENS = {
    Verb.MANAGE_ACCOUNTS,
    Verb.ARRANGE,
    Verb.READ_AUDIT,
    Verb.MANAGE_SUBSCRIPTIONS,
    Verb.MEASURE,
}
DECISION = {"period": "2026-10", "text": "清查騎樓", "section": "civil", "due_on": "2026-12-31"}
CLOSURE = {"day": "2026-11-27", "reason": "颱風停班"}
ORDINARY = {"own", "other"}
EVERYTHING = ORDINARY | {"own misconduct", "other misconduct"}
SEES = {
    "clerk": {"own"},
    "section_chief": {"own"},
    "case_controller": ORDINARY,
    "secretary": ORDINARY,
    "director": EVERYTHING,
    "ethics": EVERYTHING,
    "administrator": ORDINARY,
}


@pytest.fixture
def four(office: Office, new_case: NewCase) -> dict[str, Case]:
    """A case of the officer's own section (civil) and of another, ordinary and of misconduct."""
    with transaction(office.engine) as tx:
        make_section(tx)
        make_section(tx, "social", "社會課")
    where = {"own": "民政課", "other": "社會課"}
    plain = {name: new_case(section=section) for name, section in where.items()}
    return plain | {
        f"{name} misconduct": new_case(section=section, kind=Kind.MISCONDUCT_REPORT)
        for name, section in where.items()
    }


def successes(answers: dict[str, Response]) -> set[str]:
    return {name for name, answer in answers.items() if answer.is_success}


def refusals(tried: dict[str, dict[str, Response]]) -> set[tuple[int, str]]:
    answers = [answer for one in tried.values() for answer in one.values()]
    return {problem(answer) for answer in answers if not answer.is_success}


def test_the_table_names_every_role_and_verb() -> None:
    assert set(MAY) == set(Role)
    of_cases = {"assign", "draft", "reply", "close"}  # walked in full by the table of actions
    assert set.union(*MAY.values()) - of_cases == set(Verb)


Attempts = Callable[[Headers, str], dict[str, Response]]


@pytest.fixture
def try_all(client: TestClient, office: Office, log_in: LogIn, new_case: NewCase) -> Attempts:
    """Try one request of every verb; `name` tells the entries of one attempt from another's."""
    log_in("somebody")

    def answered() -> Case:
        with transaction(office.engine) as tx:
            case = make_case(tx, section="民政課")
            answer_case(tx, case, tx.scalars(select(Officer)).all()[0])
        return case

    def act(me: Headers, case: Case, verb: str, **body: object) -> Response:
        body["version"] = case.version
        return client.post(f"{CASES}/{case.case_no}/{verb}", headers=me, json=body)

    def try_each(me: Headers, name: str) -> dict[str, Response]:
        entry = ENTRY | {"id": name.replace("_", "-").replace(":", "-")}
        return {
            "read_cases": client.get(CASES, headers=me),
            "assign": act(me, new_case(section="民政課"), "assign", section="civil"),
            "draft": act(me, new_case(section="民政課"), "draft", text="已清除。"),
            "reply": act(me, new_case(section="民政課"), "reply", text="已清除。"),
            "close": act(me, answered(), "close", outcome="resolved", reason="好"),
            "read_faq": client.get(ENTRIES, headers=me),
            "edit_faq": client.post(f"{API}/faq/drafts", headers=me, json=entry),
            "approve_faq": client.post(ENTRIES, headers=me, json=entry),
            "read_figures": client.get(f"{API}/figures/2026-11", headers=me),
            "read_clock": client.get(f"{API}/calendar/2026", headers=me),
            "change_clock": client.post(f"{API}/clock-changes/day", headers=me, json=CLOSURE),
            "read_people": client.get(f"{API}/people", headers=me),
            "arrange": client.post(f"{API}/absences", headers=me, json=AWAY),
            "manage_accounts": client.delete(f"{API}/officers/somebody/tokens", headers=me),
            "read_audit": client.get(f"{API}/audit/ledger", headers=me),
            "manage_subscriptions": client.get(f"{API}/subscriptions", headers=me),
            "measure": client.post(f"{API}/decisions", headers=me, json=DECISION),
        }

    return try_each


@once
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    log_in: LogIn, try_all: Attempts
) -> None:
    tried = {role: try_all(log_in(role, role=role), role) for role in MAY}
    assert {role: successes(answers) for role, answers in tried.items()} == MAY
    assert refusals(tried) == {(403, "forbidden")}


@once
@pytest.mark.parametrize("role", ["clerk", "case_controller", "administrator", "faq_editor"])
def test_a_token_may_do_what_its_officer_may_and_its_scope_allows(
    client: TestClient, log_in: LogIn, try_all: Attempts, role: str
) -> None:
    session = log_in(role, role=role)
    tried = {
        scope: try_all(make_token(client, session, scope), f"{role}-{scope}"[:30])
        for scope in OF_SCOPE
    }
    expected = {scope: MAY[role] & allowed for scope, allowed in OF_SCOPE.items()}
    assert {scope: successes(answers) for scope, answers in tried.items()} == expected
    assert refusals(tried) <= {(403, "forbidden"), (403, "out-of-scope")}


def test_every_scope_is_in_the_table_and_every_verb_of_a_scope() -> None:
    assert set(OF_SCOPE) == set(Scope)
    assert set(LOOKING.values()) | set(CHANGING.values()) == set(Scope)
    assert set(LOOKING) == set(Verb) - CLOSED_TO_TOKENS
    assert {scope.split(":")[0] for scope in Scope} == set().union(*AREAS.values())


def test_each_role_sees_its_cases_and_the_others_do_not_exist_for_it(
    client: TestClient, log_in: LogIn, four: dict[str, Case]
) -> None:
    def read_all(me: Headers) -> dict[str, Response]:
        paths = {name: f"{CASES}/{case.case_no}" for name, case in four.items()}
        return {name: client.get(path, headers=me) for name, path in paths.items()}

    roles = {role: log_in(role, role=role) for role in SEES}
    read = {role: read_all(me) for role, me in roles.items()}
    assert {role: successes(answers) for role, answers in read.items()} == SEES
    assert refusals(read) == {(404, "unknown-case")}
    for role, me in roles.items():
        page = client.get(CASES, headers=me).json()
        assert {row["case_no"] for row in page["cases"]} == {four[n].case_no for n in SEES[role]}
        assert page["counts"]["all"] == len(SEES[role])


def test_what_is_not_seen_cannot_be_touched(
    client: TestClient, log_in: LogIn, four: dict[str, Case], history: History
) -> None:
    me = log_in("me", role="section_chief")
    for name in ("other", "own misconduct"):
        path = f"{CASES}/{four[name].case_no}"
        for verb, body in (
            ("assign", {"section": "civil"}),
            ("reply", {"text": "已清除。"}),
            ("draft", {"text": "已清除。"}),
            ("close", {"outcome": "resolved", "reason": "好"}),
        ):
            answer = client.post(f"{path}/{verb}", headers=me, json=body | {"version": 1})
            assert problem(answer) == (404, "unknown-case")
        assert history(four[name]) == ["received"]


def test_who_handles_a_case_sees_it_wherever_it_is(
    client: TestClient, log_in: LogIn, four: dict[str, Case]
) -> None:
    me, ethics = log_in("me", role="clerk"), log_in("ethics", role="ethics")
    case_no = four["other misconduct"].case_no
    body = {"section": "social", "handler": "me", "version": 1}
    assert client.post(f"{CASES}/{case_no}/assign", headers=ethics, json=body).is_success
    assert client.get(f"{CASES}/{case_no}", headers=me).json()["petitioner"]["name"] == "王○○"
    assert client.get(CASES, headers=me, params={"handler": "me"}).json()["counts"]["all"] == 2


@once
def test_a_clerk_without_a_section_sees_only_what_is_theirs(
    client: TestClient, office: Office, log_in: LogIn, four: dict[str, Case]
) -> None:
    with transaction(office.engine) as tx:
        me = {"username": "me", "name": "我", "role": "clerk", "password": PASSWORD}
        add_officer(tx, **me, section=None)
    assert four
    assert client.get(CASES, headers=log_in("me")).json()["counts"]["all"] == 0
