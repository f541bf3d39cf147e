"""Which topic and section a petition is probably for; unsure, it is the case controller's.

The topic is told by weights learnt from labelled messages (data/rules/topics.tsv, learnt by
`tests/benchmarks/fit_classes.py`). The section is learnt from the office itself: where its people
sent the cases of each topic before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from complaints.states import EventKind
from complaints.tables import Case, Event, Section
from data.classifying import Classes, both_ends, runs
from data.collation import fold

SURE = 0.7  # of the section, to send a case there
SURE_OF_TOPIC = 0.5
FEWEST = 5  # past assignments of such topics before a section is suggested
REMEMBERED = 1_000  # past assignments; sections change, and a register grows
CAUTION = 1.0  # assignments elsewhere that are assumed unseen


class Topic(StrEnum):
    """What a petition is about (domain list of household-registration and district offices)."""

    SERVICE_ATTITUDE = "service_attitude"
    WAITING_TIME = "waiting_time"
    PROCEDURE_OR_DOCUMENTS = "procedure_or_documents"
    REGISTRATION_DISPUTE = "registration_dispute"
    ID_CARD = "id_card"
    TRANSCRIPT_AND_CERTIFICATE = "transcript_and_certificate"
    MOVE_REGISTRATION = "move_registration"
    DOORPLATE = "doorplate"
    NATIONALITY = "nationality"
    FACILITIES_ENVIRONMENT = "facilities_environment"
    ONLINE_SERVICE = "online_service"
    PERSONAL_DATA = "personal_data"
    REGULATION = "regulation"
    MILITARY_SERVICE = "military_service"
    SOCIAL_ASSISTANCE = "social_assistance"
    DISASTER_RELIEF = "disaster_relief"
    VILLAGE_CHIEF_AFFAIRS = "village_chief_affairs"
    COMMUNITY_CENTRE = "community_centre"
    MEDIATION = "mediation"
    PARTICIPATORY_BUDGET = "participatory_budget"
    LOCAL_CONSTRUCTION = "local_construction"
    ENVIRONMENT_NOISE = "environment_noise"
    PARKING_OBSTRUCTION = "parking_obstruction"
    CULTURE_RELIGION = "culture_religion"
    OTHER = "other"


@dataclass(frozen=True)
class Suggestion:
    """Where a petition probably belongs, with how probably; None: the case controller decides."""

    topic: Topic | None
    topic_confidence: float
    section: Section | None
    section_confidence: float


def suggest(tx: Session, text: str) -> Suggestion:
    """The topic of a text, and the section the office sent such cases to before."""
    told = topics().tell(features(text))
    topic, confidence = _topic(told)
    likely = _sections(_past(tx), told)
    number, share = max(likely.items(), key=lambda one: (one[1], -one[0]), default=(0, 0.0))
    section = tx.get(Section, number) if share >= SURE else None
    return Suggestion(
        topic,
        confidence,
        section if section and section.active else None,
        share,
    )


def topic_of(text: str) -> Topic | None:
    """The topic of a text, where it is sure."""
    return _topic(topics().tell(features(text)))[0]


def _topic(told: Mapping[str, float]) -> tuple[Topic | None, float]:
    name, confidence = max(told.items(), key=lambda one: one[1])
    return (Topic(name) if confidence >= SURE_OF_TOPIC else None), confidence


def features(text: str) -> set[str]:
    """What is seen of a petition."""
    return runs(fold(both_ends(text)))


@cache
def topics() -> Classes:
    """The weights that come with the program."""
    shipped = files("data") / "rules" / "topics.tsv"
    return Classes.parse(shipped.read_text(encoding="utf-8"), tuple(Topic))


_newest = (
    select(Event.case_id)
    # Said in the statement itself: only then does SQLite see that the partial index fits.
    .where(Event.kind == literal(EventKind.ASSIGNED.value, literal_execute=True))
    .where(Event.officer_id.is_not(None))
    .order_by(Event.id.desc())
    .limit(REMEMBERED)
    .subquery()
)
PAST = (
    select(Case.topic, Case.section_id, func.count())
    .where(Case.topic.is_not(None), Case.id.in_(select(_newest.c.case_id)))
    .group_by(Case.topic, Case.section_id)
)


def _past(tx: Session) -> dict[str, dict[int, int]]:
    """For each topic, how many of the newest cases an officer assigned to each section."""
    found: dict[str, dict[int, int]] = {}
    for topic, section, count in tx.execute(PAST):
        found.setdefault(str(topic), {})[section] = count
    return found


def _sections(past: Mapping[str, Mapping[int, int]], told: Mapping[str, float]) -> dict[int, float]:
    """How probable each section is: topic by topic, as such cases were assigned before."""
    likely: dict[int, float] = {}
    for topic, share in told.items():
        seen = past.get(topic, {})
        total = sum(seen.values())
        if total >= FEWEST:
            for section, count in seen.items():
                likely[section] = likely.get(section, 0.0) + share * count / (total + CAUTION)
    return likely
