"""The files an office deploys by name only what there is: settings, commands, packages, limits."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
import typer
import yaml
from fastapi import APIRouter
from typer.testing import CliRunner

from admin_api import checklists as api
from admin_api import faq
from admin_api.console import checklists as console
from admin_api.schemas.checklists import MOST_PHOTOS
from app.cli import app as commands
from app.settings import Settings
from bot import webchat, webhook
from bot.telegram import WEBHOOK_PATH
from data import files

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
PYTHON = "/opt/civicline/bin/python"  # of the units and of the page

SETTINGS = {name.upper() for name in Settings.model_fields}
# What others read, each documented by its own project.
LIBPQ = {"PGPASSFILE"}
OF_READING = {"SECRETS_DIR"}  # where settings may be files
OF_PYTHON = {"PATH", "TMPDIR", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
OF_POSTGRES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}


# --- reading the files
def steps(path: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile: word and rest, continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", path.read_text(encoding="utf-8")).replace("\\\n", " ")
    words = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in words]


STEPS = steps(ROOT / "Dockerfile")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
OURS = {
    name: one for name, one in COMPOSE["services"].items() if one["image"].startswith("civicline:")
}


def the(word: str) -> str:
    """What the last instruction of this word says."""
    return [rest for one, rest in STEPS if one == word][-1]


IMAGE = dict(word.split("=", 1) for word in the("ENV").split())


def unit(path: Path) -> list[tuple[str, str]]:
    """The settings of all sections of a unit, those that are repeated, too."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "=" in line]
    pairs = [line.partition("=") for line in lines if not line.startswith("#")]
    return [(name, value) for name, _, value in pairs]


def values(path: Path, name: str) -> list[str]:
    return [value for one, value in unit(path) if one == name]


def environment(path: Path) -> dict[str, str]:
    return dict(one.split("=", 1) for one in values(path, "Environment"))


def words_of(command: str) -> list[str]:
    """The words of a line of a unit, as systemd hands them on."""
    return shlex.split(command.replace("%%", "%").replace("$$", "$"))


def examples() -> Iterator[str]:
    """The lines of the page's examples, continued lines joined."""
    for block in re.findall(r"^```\n(.*?)^```", PAGE, re.M | re.S):
        yield from block.replace("\\\n", " ").splitlines()


# --- settings
def known(given: Mapping[str, str]) -> None:
    """Each is a setting of ours, with a value it takes."""
    assert set(given) <= SETTINGS, set(given) - SETTINGS
    Settings(**{name.lower(): value for name, value in given.items()})  # type: ignore[arg-type]


def without(given: Mapping[str, str], others: set[str]) -> dict[str, str]:
    return {name: str(value) for name, value in given.items() if name not in others}


def test_the_image_sets_what_there_is_to_set() -> None:
    known(without(IMAGE, OF_PYTHON))


@pytest.mark.parametrize("name", OURS)
def test_compose_sets_what_there_is_to_set(name: str) -> None:
    given = OURS[name]["environment"]
    known(without(given, LIBPQ | OF_READING))
    assert {"DATABASE_URL", "DATA_DIR"} <= set(given)  # else a missing line would mean SQLite


def test_compose_sets_for_postgresql_what_its_image_reads() -> None:
    assert set(COMPOSE["services"]["postgres"]["environment"]) <= OF_POSTGRES


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_sets_what_there_is_to_set(path: Path) -> None:
    known(without(environment(path), OF_PYTHON))


def test_the_page_names_settings_there_are() -> None:
    lines = [re.sub(r"^\s*(export )", "", line) for line in examples()]
    named = {name for line in lines for name in re.findall(r"(?:^|[\s'])([A-Z_]{3,})=", line)}
    assert "DATABASE_URL" in named
    assert named <= SETTINGS


# --- commands
def asked(words: list[str]) -> Iterator[list[str]]:
    """What is asked of our program by a command, which may be a script of a shell."""
    if words[:2] == ["sh", "-c"] or words[:2] == ["/bin/sh", "-c"]:
        for part in words[2].split("&&"):
            yield from asked(shlex.split(part))
    elif "-m" in words and words[words.index("-m") + 1] == "app":
        yield words[words.index("-m") + 2 :]


def told() -> Iterator[list[str]]:
    """What every file asks of our program."""
    for word, rest in STEPS:
        if word in {"RUN", "CMD"}:
            yield from asked(json.loads(rest) if rest.startswith("[") else shlex.split(rest))
    for one in OURS.values():
        yield from asked(one["command"])
    for path in SERVICES:
        for line in values(path, "ExecStart"):
            yield from asked(words_of(line))


def told_by_the_page() -> Iterator[list[str]]:
    for line in examples():
        for part in line.split("&&"):
            words = shlex.split(part, comments=True)
            if words[:1] == ["civicline"]:  # the function of the page
                yield words[1:]
            elif '"$@"' not in part:
                yield from asked(words)
    for line in re.findall(r"`(?:civicline|[^`]*python -m app) ([a-z][^`]*)`", PAGE):
        yield shlex.split(line.split("&&")[0])


def exists(words: list[str]) -> None:
    """Ask the command line itself: it reads all words, and carries nothing out."""
    command: Any = typer.main.get_command(commands)
    context = command.make_context("app", list(words))
    while hasattr(command, "resolve_command"):
        name, command, words = command.resolve_command(context, [*words])
        context = command.make_context(name, list(words), parent=context)


@pytest.mark.parametrize("words", list(told()), ids=" ".join)
def test_a_command_that_is_run_exists(words: list[str]) -> None:
    exists(words)


@pytest.mark.parametrize("words", list(told_by_the_page()), ids=" ".join)
def test_a_command_of_the_page_exists(words: list[str]) -> None:
    exists(words)


def test_no_command_was_overlooked() -> None:
    assert {words[0] for words in told()} == {"warm", "serve", "migrate", "seed", "work", "backup"}
    by_page = {words[0] for words in told_by_the_page()}
    assert {"migrate", "officer", "restore", "export", "import", "doctor", "backup"} <= by_page


# --- the image
def copied() -> set[str]:
    pairs = [rest.split() for word, rest in STEPS if word == "COPY" and "--from" not in rest]
    return {name for names in pairs for name in names[:-1]}


def test_the_image_has_the_packages_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        one.rstrip("*") for one in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert copied() - {"pyproject.toml", "constraints.txt", "README.md"} == packages
    for word, rest in STEPS:
        if word == "COPY" and rest.split()[0] in packages:
            assert rest.split()[0] == rest.split()[1]  # a folder's content goes where is said
    assert all((ROOT / name).exists() for name in copied())


def test_nothing_else_is_even_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied()


def test_the_image_runs_without_privileges_on_its_volume() -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", the("USER"))
    assert json.loads(the("VOLUME")) == [IMAGE["DATA_DIR"]]
    assert the("EXPOSE") == IMAGE["PORT"]
    after = [word for word, _ in STEPS]
    assert after.index("USER") < after.index("CMD")


def test_what_the_image_is_given_at_its_making_holds_no_key(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every office of this image would seal under the same one."""
    (tmp_path / "cache").symlink_to(cache)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SEALING_KEYS", raising=False)
    assert CliRunner().invoke(commands, ["warm"]).exit_code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["cache"]


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that answers everything with this status; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def health(port: int) -> int:
    command = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    given = {"PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
    run = [sys.executable, *command[1:]]
    return subprocess.run(run, env=given, check=False, capture_output=True, timeout=60).returncode


def test_health_is_asked_of_the_program() -> None:
    with answering(200) as port:
        assert health(port) == 0
    assert health(port) != 0  # nobody listens any more
    with answering(503) as port:
        assert health(port) != 0


# --- compose
def test_compose_names_what_it_declares() -> None:
    services = COMPOSE["services"]
    for one in services.values():
        for other, how in one.get("depends_on", {}).items():
            assert other in services
            assert how["condition"] != "service_healthy" or "test" in services[other]["healthcheck"]
        assert set(one.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert {volume.split(":")[0] for volume in one.get("volumes", [])} <= set(
            COMPOSE["volumes"]
        )


def test_pages_and_work_wait_for_the_schema() -> None:
    for name in ("pages", "work"):
        condition = COMPOSE["services"][name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"
    assert COMPOSE["services"]["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", OURS)
def test_our_services_share_files_and_write_nowhere_else(name: str) -> None:
    one = OURS[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert [volume.split(":")[1] for volume in one["volumes"]] == [IMAGE["DATA_DIR"]]
    assert Path(IMAGE["TMPDIR"]).is_relative_to(IMAGE["DATA_DIR"])
    serves = "ports" in one
    assert serves != bool(one.get("healthcheck", {}).get("disable"))  # only pages can be asked


def test_secrets_are_files_outside_this_folder() -> None:
    own = OURS["work"]["environment"]
    assert own["PGPASSFILE"].removeprefix("/run/secrets/") in OURS["work"]["secrets"]
    assert re.fullmatch(r"postgresql://\w+@\w+/\w+", own["DATABASE_URL"])  # no password
    given = COMPOSE["services"]["postgres"]
    file = given["environment"]["POSTGRES_PASSWORD_FILE"].removeprefix("/run/secrets/")
    assert file in given["secrets"]
    kept = [one["file"] for one in COMPOSE["secrets"].values()] + OURS["work"]["env_file"]
    assert all(path.startswith("/etc/civicline/") for path in kept)


def test_the_pages_are_reached_by_the_host_alone_which_is_trusted() -> None:
    assert OURS["pages"]["ports"] == [f"127.0.0.1:8000:{IMAGE['PORT']}"]
    network = COMPOSE["networks"]["default"]["ipam"]["config"][0]
    assert OURS["pages"]["environment"]["TRUSTED_PROXIES"] == network["gateway"]


# --- systemd
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_can_be_read(path: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(path.read_text(encoding="utf-8"))
    assert "Unit" in parser
    assert ("Service" in parser) == (path.suffix == ".service")
    if path.suffix == ".timer":
        assert path.with_suffix(".service") in SERVICES


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_gives_away_as_little_as_it_can(path: Path) -> None:
    for name, value in {
        "User": "civicline",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "StateDirectoryMode": "0700",
        "EnvironmentFile": "/etc/civicline/civicline.env",
    }.items():
        assert values(path, name) == [value], name


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_writes_where_it_may(path: Path) -> None:
    may = [f"/var/lib/{name}" for name in values(path, "StateDirectory")[0].split()]
    assert environment(path)["DATA_DIR"] in may
    assert all(out in may for out in re.findall(r"/var/lib/[a-z-]+", path.read_text("utf-8")))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for path in UNITS:
        here = path.read_text(encoding="utf-8").replace(PYTHON, sys.executable)
        (tmp_path / path.name).write_text(here, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    # The machine's own units may have faults, too.
    assert [line for line in done.stderr.splitlines() if "civicline" in line] == []


def test_the_nightly_backup_has_the_date_in_its_name() -> None:
    path = ROOT / "deploy" / "systemd" / "civicline-backup.service"
    (line,) = values(path, "ExecStart")
    words = [word.replace(f"exec {PYTHON} -m app", "echo") for word in words_of(line)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert re.search(r" /var/lib/civicline-backups/\d{4}-\d\d-\d\d\.civicline\.age$", said.strip())


# --- the proxy
PROXY = (ROOT / "deploy" / "nginx" / "civicline.conf").read_text(encoding="utf-8")
MEGABYTE = 1024 * 1024


def most_let_in(path: str) -> int:
    """The largest body the proxy lets in for a path: of the exact place, else the longest."""
    places = re.findall(r"location (= )?(\S+) \{\n([^}]*)\}", PROXY)
    fits = [
        (bool(exact), len(place), inside)
        for exact, place, inside in places
        if (path == place if exact else path.startswith(place))
    ]
    own = re.search(r"client_max_body_size (\d+)m;", max(fits)[2])
    whole = re.search(r"^    client_max_body_size (\d+)m;", PROXY, re.M)
    return int(cast("re.Match[str]", own or whole)[1]) * MEGABYTE


@pytest.mark.parametrize(
    ("router", "path", "most"),
    [
        (webchat.router, "/chat/messages", webchat.MOST_FILES * files.MAX_BYTES + MEGABYTE),
        (console.router, "/staff/cases/{case_no}/visits", MOST_PHOTOS * files.MAX_BYTES + MEGABYTE),
        (api.router, "/api/v1/cases/{case_no}/visits", MOST_PHOTOS * files.MAX_BYTES + MEGABYTE),
        (faq.router, "/api/v1/faq/import", files.MAX_BYTES + MEGABYTE),
    ],
)
def test_the_proxy_lets_in_what_the_program_takes(router: APIRouter, path: str, most: int) -> None:
    assert path in {getattr(route, "path", "") for route in router.routes}
    assert most_let_in(path.replace("{case_no}", "CL-1151123-0001")) >= most


def test_the_proxy_lets_in_an_update_and_little_more() -> None:
    assert most_let_in(WEBHOOK_PATH) >= webhook.MAX_BODY
    assert most_let_in("/staff/login") <= files.MAX_BYTES + 2 * MEGABYTE
    assert most_let_in(WEBHOOK_PATH) <= 2 * webhook.MAX_BODY


def test_the_proxy_names_the_caller_itself() -> None:
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in PROXY
    assert not re.search(
        r"location [^{]*\{[^}]*proxy_set_header", PROXY
    )  # it would drop all others
