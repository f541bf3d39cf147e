"""Programs that run once, killed in their midst: a migration of the schema, a backup.

`python -m tests.crash.once WORK DATABASE_URL NTH [FOLDER PUBLIC]` does the work and dies by SIGKILL
after its NTH statement; it ends with status 0 where it has not so many.
"""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, inspect, text

from app import backups, migrating
from app.backups import Kept
from data.database import engine_for
from tests.databases import KEYRING, Databases

MIGRATING, SAVING = "in a migration", "in a backup"
FILES, NIGHTLY = "files", "nightly"
MOST_BACK = 6  # revisions that a schema is taken back, to be brought up again
# How many statements there are, about: of the way up from nothing, of a revision, of a backup.
FROM_NOTHING = {"sqlite": 500, "postgresql": 220}
OF_A_REVISION = 8
OF_A_BACKUP = {"sqlite": 800, "postgresql": 75}


@dataclass
class Once:
    """Where programs were killed, how many ended before that, and what was found broken."""

    killed: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def run(databases: Databases, kind: str, folder: Path, times: int, seed: int) -> Once:
    """Kill so many migrations and so many backups at statements drawn by the dice."""
    dice, found = random.Random(seed), Once()
    for _ in range(times):
        back = dice.randint(0, MOST_BACK)
        most = OF_A_REVISION * back or FROM_NOTHING[kind]
        kill_migration(databases, kind, found, back=back, nth=dice.randint(1, most))
    with databases.fresh(kind) as url:
        for _ in range(times):
            kill_backup(url, folder, found, nth=dice.randint(1, OF_A_BACKUP[kind]))
    return found


def kill_migration(databases: Databases, kind: str, found: Once, *, back: int, nth: int) -> None:
    """Take a seeded schema so many revisions back (0: to nothing), kill its way up, and look.

    It must stand where it was, row by row, and come up whole when it is asked again.
    """
    with databases.fresh(kind) if back else databases.empty(kind) as url:
        engine = engine_for(url, KEYRING)
        if back:
            migrating.downgrade(engine, f"-{back}")
        before = _rows(engine)
        engine.dispose()
        told = f"{MIGRATING}, {back} revisions back, at statement {nth}"
        if _dies(found, MIGRATING, url, nth) and _rows(engine) != before:
            found.broken.append(f"{told}: something of it stayed")
        migrating.upgrade(engine)
        if not migrating.is_current(engine) or migrating.drift(engine):
            found.broken.append(f"{told}: it does not come up again")
        engine.dispose()


def kill_backup(url: str, folder: Path, found: Once, *, nth: int) -> None:
    """Kill a backup over an earlier one: that stays as it was, and the next is whole."""
    engine, out = engine_for(url, KEYRING), folder / NIGHTLY
    secret, public = backups.new_key()
    (folder / FILES).mkdir(exist_ok=True)
    (folder / FILES / "photo").write_bytes(b"\xff\xd8\xff not a real photo")
    save(engine, folder, public)
    before = out.read_bytes()
    engine.dispose()
    if _dies(found, SAVING, url, nth, str(folder), public) and out.read_bytes() != before:
        found.broken.append(f"{SAVING}, at statement {nth}: the last one was touched")
    again = save(engine, folder, public)
    with out.open("rb") as source:
        if backups.check(source, [backups.identity(secret)]) != again:
            found.broken.append(f"{SAVING}, at statement {nth}: the next one is not whole")
    engine.dispose()


def save(engine: Engine, folder: Path, public: str) -> Any:
    """One backup of the rows and of the folder's files."""
    kept, now = Kept(folder / FILES, KEYRING), datetime.now(UTC)
    return backups.back_up(engine, kept, folder / NIGHTLY, recipient=public, now=now)


def _rows(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table, as far as there are any."""
    with engine.connect() as connection:
        return {
            table: sorted(map(repr, connection.execute(text(f'select * from "{table}"'))))
            for table in inspect(connection).get_table_names()
        }


def _dies(found: Once, work: str, url: str, nth: int, *more: str) -> bool:
    """Do the work in a program of its own until it is killed; False when it ended before."""
    command = [sys.executable, "-m", __spec__.name, work, url, str(nth), *more]
    status = subprocess.run(command, check=False, timeout=120).returncode
    if status not in (0, -signal.SIGKILL):
        found.broken.append(f"{work}, at statement {nth}: it ended with status {status}")
    found.killed[work if status == -signal.SIGKILL else f"{work}, ended before"] += 1
    return status == -signal.SIGKILL


def main(work: str, url: str, nth: str, *more: str) -> None:
    """Do the work, and die after its NTH statement."""
    left = [int(nth)]

    def after(*_given: object) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = engine_for(url, KEYRING)
    event.listen(Engine, "after_cursor_execute", after)
    if work == MIGRATING:
        migrating.upgrade(engine)
    else:
        folder, public = more
        save(engine, Path(folder), public)


if __name__ == "__main__":
    main(*sys.argv[1:])
