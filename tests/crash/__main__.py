"""Kill the program at every step, again and again, and look whether a promise was broken.

    python -m tests.crash [--kills 1000] [--once 30] [--databases sqlite postgresql] [--seed 1]

Real processes serve a town of citizens on a fake Telegram and a clerk at the API, and are killed
by SIGKILL at each step of tests/crash/fuse.py in turn: at its first, second or third time. Then
the program runs undisturbed, and everything that tests/crash/checks.py asks must hold. Migrations
and backups are killed, too, as many of each on each database (tests/crash/once.py). Ends with
status 1 when a promise was broken.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.crash import once
from tests.crash.once import Once
from tests.crash.run import Outcome, Plan, run
from tests.databases import Databases


def main() -> None:
    """Run it on each database and print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="shared by the databases")
    parser.add_argument("--once", type=int, default=30, help="migrations and backups, each")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    plan = Plan(given.kills // len(given.databases), given.seed)
    broken = 0
    for kind in given.databases:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            databases = Databases(folder)
            stack.callback(databases.stop)
            began = time.monotonic()
            found = run(databases, kind, folder, plan)
            ended = once.run(databases, kind, folder, given.once, given.seed)
        print(f"\n{kind}: {sum(found.killed.values())} kills in {time.monotonic() - began:.0f} s")
        show(found, ended)
        broken += len(found.broken) + len(ended.broken)
    print(f"promises broken: {broken}")
    sys.exit(1 if broken else 0)


def show(found: Outcome, ended: Once) -> None:
    """Print what one run counted."""
    counted = found.counted
    for step, times in sorted((found.killed | ended.killed).items()):
        print(f"  {times:5} {step}")
    print(f"  {counted.updates} updates taken in once ({found.resent} brought again after 200)")
    print(f"  {counted.cases} cases, {counted.events} events in their histories")
    print(f"  {counted.messages} messages sent, {counted.repeated} of them a second time")
    for problem in (*found.broken, *ended.broken):
        print(f"  BROKEN: {problem}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
