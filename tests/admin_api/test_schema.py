"""The interface against its own schema: answers nobody declared, and doors nobody closed.

Few examples of each operation, always the same ones, so that it ends within two minutes. With
`CIVICLINE_SCHEMA_EXAMPLES=50 pytest tests/admin_api/test_schema.py` more of them are tried.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests import Request
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, CheckFunction, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from admin_api.policy import CHANGING, LOOKING, MAY, Scope, Verb
from admin_api.tables import ApiToken
from admin_api.tokens import TOKEN_FOR, digest
from app.office import Office
from complaints import handling
from complaints.roles import Role
from complaints.tables import Case, Officer
from data.database import reading, transaction
from tests.admin_api.staff import Clock, once, problem
from tests.makers import NOON, answer_case, make_case, make_officer

Example = AnyCase[Any]
EXAMPLES = int(os.environ.get("CIVICLINE_SCHEMA_EXAMPLES", "2"))
SECRET = "cl_schema-{}"
TOKEN = "token"  # in place of a role: a case controller's token of the scope cases:read
WHO = ("administrator", "case_controller", "director", "clerk", "faq_editor", TOKEN)
KNOWN: dict[str, list[str | int]] = {
    "received": ["2026-11-26"],
    "entry_id": ["household-transcript", "id-card-lost"],
    "username": ["clerk", "nobody"],
    "code": ["civil", "none"],
    "name": ["lexicon", "mine"],
    "month": ["2026-11", "2026-10"],
    "year": [2026, 2020],
    "number": [1, 2],
    "attachment_id": [1],
}
WANTED = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
}
# Which verb an operation is, by method and path; the first that fits. None: for everybody.
VERBS: tuple[tuple[str, Verb | None], ...] = (
    (r"\w+ /(tokens|me)", None),
    (r"GET /(sections|villages|officers)$", None),
    (r"GET /(people|officers/|absences)", Verb.READ_PEOPLE),
    (r"\w+ /(absences|officers/{username}/(leave|deputy|alert))", Verb.ARRANGE),
    (r"\w+ /(sections|officers)", Verb.MANAGE_ACCOUNTS),
    (r"GET /(calendar|deadline|rules|approval-levels|practice|clock-changes)", Verb.READ_CLOCK),
    (r"\w+ /(rules|approval-levels|clock-changes)", Verb.CHANGE_CLOCK),
    (r"(GET /faq|POST /faq/try$|\w+ /law-changes|\w+ /desk/(ask|popular))", Verb.READ_FAQ),
    (r"(\w+ /faq/(entries|import|pinned|forms)|DELETE /faq/trials)", Verb.APPROVE_FAQ),
    (r"POST /faq/drafts/{number}/(publish|return)", Verb.APPROVE_FAQ),
    (r"\w+ /faq", Verb.EDIT_FAQ),
    (r"GET /figures/{period}/cases", Verb.READ_CASES),
    (r"GET /(figures|reports|decisions|exams$|exams/{month}|questionnaires)", Verb.READ_FIGURES),
    (r"POST /decisions/{number}/(news|finish)", Verb.READ_FIGURES),
    (r"POST /(decisions|exams$|questionnaires$|reports)", Verb.MEASURE),
    (r"POST /(open-data|public-items/{number}/approve)", Verb.MEASURE),
    (r"\w+ /audit", Verb.READ_AUDIT),
    (r"\w+ /subscriptions", Verb.MANAGE_SUBSCRIPTIONS),
    (r"", Verb.READ_CASES),
)
# Asked with a body, but changing nothing that a reader may not.
LOOKS = r"(GET .*|POST .*/(try|similar|look-up|find|explain|preview|verify|viewing|together))$"

pytestmark = once


@dataclass
class Written:
    """What was written and committed, but for the use of a token."""

    kept: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def watch(self, engine: Engine) -> None:
        event.listen(engine, "before_cursor_execute", self._note)
        event.listen(engine, "rollback", lambda _connection: self.open.clear())
        event.listen(engine, "commit", self._keep)

    def _note(self, _connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        word, *_more = statement.split(None, 1)
        if word in {"INSERT", "UPDATE", "DELETE"} and "api_tokens" not in statement:
            self.open.append(statement)

    def _keep(self, _connection: Connection) -> None:
        self.kept += self.open
        self.open.clear()


class Served:
    """The program with officers of several roles, and cases that are some way along."""

    def __init__(self, client: TestClient, office: Office, clock: Clock) -> None:
        self.client, self.office, self.clock = client, office, clock
        with transaction(office.engine) as tx:
            for role in (*Role, TOKEN):
                make_officer(tx, role.replace("_", ""), _role(role))
            by = tx.scalars(select(Officer).where(Officer.username == "director")).one()
            self.cases = _some_cases(tx, by)
        self.written = Written()
        self.written.watch(office.engine)

    def log_in(self, role: str) -> dict[str, str]:
        """A token that still opens, whatever was done to those before."""
        secret, now = SECRET.format(role), self.clock()
        with transaction(self.office.engine) as tx:
            who = tx.scalars(select(Officer).where(Officer.username == role.replace("_", ""))).one()
            who.active, who.role = True, _role(role)
            row = tx.get(ApiToken, digest(secret)) or ApiToken(
                digest=digest(secret), officer_id=who.id
            )
            row.issued_at = row.used_at = now
            row.expires_at, row.revoked_at = now + TOKEN_FOR, None
            if role == TOKEN:
                row.kind, row.scopes = "token", [Scope.CASES_READ]
            tx.add(row)
        return {"Authorization": f"Bearer {secret}"}

    def version_of(self, case_no: str) -> int:
        with reading(self.office.engine) as tx:
            return tx.scalars(select(Case.version).where(Case.case_no == case_no)).one()

    def ask(self, example: Example, headers: dict[str, str]) -> Response:
        """Send it byte for byte as it was made."""
        made = example.as_transport_kwargs(base_url="http://testserver")
        made["headers"] = {
            name: value for name, value in made["headers"].items() if name != "Authorization"
        }
        known = {"method", "url", "headers", "params", "cookies", "json", "data", "files"}
        sent = Request(**{name: made[name] for name in known & made.keys()}).prepare()
        assert sent.method and sent.url
        plain = dict(sent.headers) | headers
        return self.client.request(sent.method, sent.url, headers=plain, content=sent.body)  # type: ignore[arg-type]


def _some_cases(tx: Session, by: Officer) -> list[str]:
    cases = [make_case(tx, section="民政課") for _ in range(4)]
    answer_case(tx, cases[1], by)
    waiting = cases[2]
    handling.draft(tx, waiting.case_no, "已派員清除。", by=by, version=waiting.version, now=NOON)
    return [case.case_no for case in cases]


def _role(name: str) -> str:
    return "case_controller" if name == TOKEN else name


@pytest.fixture
def served(client: TestClient, office: Office, clock: Clock) -> Served:
    """The program with something in it."""
    return Served(client, office, clock)


def operations(client: TestClient) -> Iterator[Any]:
    """All but log-in: checking a password takes long by design, and nobody is refused it."""
    schema = from_dict(client.get("/api/openapi.json").json())
    found = (one.ok() for one in schema.get_all_operations() if isinstance(one, Ok))
    yield from (one for one in found if one.label != "POST /api/v1/tokens")


def known(example: Example, pick: int, served: Served) -> Example:
    """The same example about what there is: ids, and the version as it was read."""
    for place in (example.path_parameters, example.query):
        for name in place:
            values = served.cases if name == "case_no" else KNOWN.get(name)
            if values:
                place[name] = values[pick % len(values)]
    place = example.path_parameters
    if isinstance(example.body, dict) and "version" in example.body and "case_no" in place:
        example.body["version"] = served.version_of(place["case_no"])
    if pick % 2:
        example.headers.pop("If-Match", None)
    return example


def with_its_example(example: Example) -> Example:
    """The body a human would send, where the schema shows one."""
    content = example.operation.definition.raw.get("requestBody", {}).get("content", {})
    for plain in content.values():
        named = plain["schema"].get("$ref", "").rpartition("/")[2]
        shape = example.operation.schema.raw_schema["components"]["schemas"].get(named, {})
        if shape.get("examples"):
            example.body = dict(shape["examples"][0])
    return example


def verb_of(operation: Any) -> Verb | None:
    label = operation.label.replace("/api/v1", "")
    return next(verb for pattern, verb in VERBS if re.match(pattern, label))


def may(operation: Any, role: str) -> bool:
    """Whether the policy's table lets somebody in at all."""
    verb = verb_of(operation)
    if role != TOKEN:
        return verb is None or Role(role) in MAY[verb]
    if verb is None:
        return "access" not in operation.tags or "cases" in operation.tags
    looks = re.match(LOOKS, operation.label)
    return (LOOKING if looks else CHANGING).get(verb) is Scope.CASES_READ


def checks() -> list[CheckFunction]:
    load_all_checks()
    found = [check for check in CHECKS.get_all() if getattr(check, "__name__", "") in WANTED]
    assert len(found) == len(WANTED)
    return found  # type: ignore[return-value]


def examples_of(operation: Any, mode: GenerationMode) -> st.SearchStrategy[Example]:
    made: st.SearchStrategy[Example] = operation.as_strategy(generation_mode=mode)
    return made


few = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
one = settings(few, max_examples=1)


@pytest.mark.long
def test_no_answer_is_outside_the_schema(served: Served, subtests: pytest.Subtests) -> None:
    looked_at, answers = checks(), set[int]()

    def try_out(operation: Any, mode: GenerationMode) -> None:
        @few
        @given(examples_of(operation, mode), st.sampled_from(WHO), st.integers(0, 11))
        def ask(example: Example, role: str, pick: int) -> None:
            if mode is GenerationMode.POSITIVE:
                example = known(example, pick, served)
            answer = served.ask(example, served.log_in(role))
            example.validate_response(answer, checks=looked_at)
            answers.add(answer.status_code)

        ask()

    for operation in operations(served.client):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with subtests.test(operation.label, mode=mode.value):
                try_out(operation, mode)
    assert {200, 201, 204, 403, 404, 409, 422} <= answers


def test_without_a_log_in_every_door_but_log_in_is_closed(served: Served) -> None:
    tried = 0
    for operation in operations(served.client):

        @one
        @given(examples_of(operation, GenerationMode.POSITIVE))
        def ask(example: Example) -> None:
            nobody = served.ask(example, {})
            stranger = served.ask(example, {"Authorization": "Bearer cl_stranger"})
            assert problem(nobody) == problem(stranger) == (401, "not-logged-in")

        ask()
        tried += 1
    assert tried >= 150
    assert served.written.kept == []


@pytest.mark.long
def test_who_may_not_is_refused_and_changes_nothing(served: Served) -> None:
    refused = dict.fromkeys(WHO, 0)
    for operation in operations(served.client):

        @one
        @given(examples_of(operation, GenerationMode.POSITIVE))
        def ask(example: Example) -> None:
            for role in WHO:
                if may(operation, role):  # noqa: B023
                    continue
                headers = served.log_in(role)
                served.written.kept.clear()
                answer = served.ask(with_its_example(known(example, 1, served)), headers)
                assert answer.status_code == 403, (operation.label, role, answer.text)  # noqa: B023
                assert served.written.kept == [], (operation.label, role)  # noqa: B023
                refused[role] += 1

        ask()
    assert refused[TOKEN] > 100
    assert refused["faq_editor"] > 80
    assert refused["clerk"] > 20
    assert refused["administrator"] == 0
