"""A migration and a backup that were killed in their midst."""

from pathlib import Path

import pytest

from tests.crash.once import MIGRATING, SAVING, Once, kill_backup, kill_migration
from tests.databases import KINDS, Databases


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("back", "nth"), [(0, 4), (0, 200), (3, 14)])
def test_a_migration_killed_at_any_statement_can_be_run_again(
    databases: Databases, kind: str, back: int, nth: int
) -> None:
    found = Once()
    kill_migration(databases, kind, found, back=back, nth=nth)
    assert (dict(found.killed), found.broken) == ({MIGRATING: 1}, [])


@pytest.mark.parametrize("nth", [5, 40, 70])
def test_of_a_backup_killed_in_its_midst_the_last_one_stays(
    database_url: str, tmp_path: Path, nth: int
) -> None:
    found = Once()
    kill_backup(database_url, tmp_path, found, nth=nth)
    assert (dict(found.killed), found.broken) == ({SAVING: 1}, [])


def test_what_ends_before_its_statement_is_not_counted_as_killed(databases: Databases) -> None:
    found = Once()
    kill_migration(databases, "sqlite", found, back=1, nth=10_000)
    assert (dict(found.killed), found.broken) == ({f"{MIGRATING}, ended before": 1}, [])
