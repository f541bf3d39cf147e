"""The rules of time limits and of who approves an extension, as the office keeps them."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaints.errors import BadRule, RuleInUse, RuleMissing
from complaints.limits import Limit, Priority, Unit
from complaints.roles import LEVELS, Role, rank
from complaints.states import OPEN, Kind, Status
from complaints.tables import ApprovalLevel, Case, Rule

LONGEST = 366


@dataclass(frozen=True)
class NewRule:
    """A rule as an office writes it."""

    kind: Kind
    priority: Priority
    limit: Limit
    basis: str


def limit_for(tx: Session, kind: str, priority: str = Priority.ORDINARY) -> Limit:
    """The limit of a kind and urgency; without an own rule the urgency follows the ordinary one.

    Raises RuleMissing when the kind has no rule at all.
    """
    rule = tx.get(Rule, (kind, priority)) or tx.get(Rule, (kind, Priority.ORDINARY))
    if rule is None:
        raise RuleMissing(f"no rule for {kind}")
    return rule.limit


def limits(tx: Session) -> Callable[[str, str], Limit]:
    """`limit_for` over the rules as they stand now, read once for many cases."""
    rules = {(rule.kind, rule.priority): rule.limit for rule in tx.scalars(select(Rule))}

    def limit_of(kind: str, priority: str) -> Limit:
        found = rules.get((kind, priority)) or rules.get((kind, Priority.ORDINARY))
        if found is None:
            raise RuleMissing(f"no rule for {kind}")
        return found

    return limit_of


def stands_for(tx: Session, kind: Kind, priority: Priority) -> frozenset[Priority]:
    """The urgencies a rule decides: its own, and as the ordinary one those without their own."""
    if priority is not Priority.ORDINARY:
        return frozenset({priority})
    own = set(tx.scalars(select(Rule.priority).where(Rule.kind == kind)))
    return frozenset({priority} | {one for one in Priority if one not in own})


def put_rule(tx: Session, new: NewRule) -> Rule:
    """Enter or change a rule; raises BadRule. Open cases move by `recount`, not by this."""
    check(new)
    limit = new.limit
    rule = tx.merge(
        Rule(
            kind=new.kind,
            priority=new.priority,
            days=limit.days,
            unit=limit.unit,
            reopened_days=limit.reopened_days,
            ceiling_days=limit.ceiling_days,
            ceiling_unit=limit.ceiling_unit,
            max_extensions=limit.max_extensions,
            basis=new.basis,
        )
    )
    tx.flush()
    return rule


def delete_rule(tx: Session, kind: Kind, priority: Priority) -> None:
    """Remove a rule of an urgency nobody is counted by.

    Raises RuleMissing, RuleInUse with how many are, and BadRule for the ordinary rule of a kind:
    without it no petition of the kind could be taken in.
    """
    rule = tx.get(Rule, (kind, priority))
    if rule is None:
        raise RuleMissing(f"no rule for {kind}, {priority}")
    # A merged case may be taken out again and needs its clock then.
    using = [status.value for status in OPEN | {Status.MERGED}]
    counted = Case.status.in_(using), Case.kind == kind
    held = select(func.count()).select_from(Case).where(*counted)
    held = held.where(Case.priority.in_(stands_for(tx, kind, priority)))
    if cases := tx.scalar(held):
        raise RuleInUse(cases)
    if priority is Priority.ORDINARY:
        raise BadRule("the ordinary rule of a kind stays")
    tx.delete(rule)
    tx.flush()


def put_level(tx: Session, role: Role, up_to_days: int | None) -> None:
    """Say up to how many working days a role may extend; None: any length. Raises BadRule."""
    if role not in LEVELS or (up_to_days is not None and up_to_days < 1):
        raise BadRule("a level is a role that approves, and at least one day")
    tx.merge(ApprovalLevel(role=role, up_to_days=up_to_days))
    tx.flush()


def level_for(tx: Session, days: int) -> Role:
    """The lowest role that may approve an extension of this many working days."""
    levels = {row.role: row.up_to_days for row in tx.scalars(select(ApprovalLevel))}
    for role in LEVELS:
        most = levels.get(role, 0)
        if most is None or days <= most:
            return role
    return LEVELS[-1]


def may_approve(tx: Session, role: Role, days: int) -> bool:
    """Whether a role's level reaches an extension of this many working days."""
    return rank(role) >= rank(level_for(tx, days))


def _span(days: int, unit: Unit) -> int:
    """The fewest calendar days that a limit spans, where no weekend or holiday falls into it."""
    return days if unit is Unit.CALENDAR else days + (days - 1) // 5 * 2


def check(new: NewRule) -> None:
    """Raise BadRule unless days, ceiling and extensions make sense together."""
    limit = new.limit
    if not 1 <= limit.days <= LONGEST or not 1 <= limit.reopened_days <= LONGEST:
        raise BadRule("a limit has 1 to 366 days")
    if not 1 <= limit.ceiling_days <= LONGEST or not 0 <= limit.max_extensions <= 20:
        raise BadRule("a ceiling has 1 to 366 days, with at most 20 extensions")
    if _span(limit.days, limit.unit) > _span(limit.ceiling_days, limit.ceiling_unit):
        raise BadRule("the limit is longer than its ceiling")
    if not new.basis.strip():
        raise BadRule("a rule needs its ground")
