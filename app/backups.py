"""Backups: everything of an office in one sealed file, and a new office made of it.

The file is an archive (data.archiving) encrypted to the office's backup key with age
(https://age-encryption.org): the program knows only the half that encrypts; the half that opens
lies in the office's safe. The sealing keys go along, as without them nothing personal can be read.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Thread
from typing import IO

import pyrage
from pyrage import x25519
from sqlalchemy import Engine, inspect

from app import migrating
from data import archiving, sealing
from data.archiving import Archived, NotAnArchive
from data.database import reading
from data.migrations import HEAD
from data.sealing import Keyring

REVISION, MADE_AT, KEYS = "revision", "made_at", "keys"
ENDING = ".civicline.age"


class NotEmpty(Exception):
    """There are tables already where a backup was to be read into."""


class OtherKeys(Exception):
    """There are other sealing keys where those of the backup belong."""


class WrongKey(Exception):
    """The key does not open this file, or is none."""


@dataclass(frozen=True)
class Kept:
    """What an office has outside its database."""

    files: Path
    keyring: Keyring | None  # None: the keys stay behind (an export)


def new_key() -> tuple[str, str]:
    """A fresh pair: the secret half that opens (AGE-SECRET-KEY-1…), the half that encrypts."""
    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def back_up(engine: Engine, kept: Kept, out: Path, *, recipient: str, now: datetime) -> Archived:
    """Write a backup, read it again from the disk, and only then give it its name.

    Consistent while the office works: all rows are of one moment. Raises WrongKey for a recipient
    that is none. A backup that was cut off leaves no file of this name.
    """
    try:
        office = x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError as error:
        raise WrongKey(str(error)) from error
    own = x25519.Identity.generate()  # forgotten afterwards: only to look at what was written

    def encrypt(source: IO[bytes], target: IO[bytes]) -> None:
        pyrage.encrypt_io(source, target, [office, own.to_public()])

    with _unfinished(out) as part:
        with part.open("wb") as target, piped(encrypt, target) as plain:
            _write(engine, kept, plain, now)
        _to_disk(part)
        with part.open("rb") as source:
            return check(source, [own])


def check(source: IO[bytes], identities: Sequence[x25519.Identity]) -> Archived:
    """Read a backup to its end; raises WrongKey or NotAnArchive."""
    with opened(source, identities) as plain:
        return archiving.check(plain)


def export(engine: Engine, kept: Kept, out: Path, *, now: datetime) -> Archived:
    """Write everything unencrypted, without the sealing keys, to move to another database."""
    with _unfinished(out) as part:
        with part.open("wb") as target:
            written = _write(engine, kept, target, now)
        _to_disk(part)
    return written


def restore(engine: Engine, plain: IO[bytes], files: Path) -> Archived:
    """Make the office of a plain archive anew in an empty database, at this program's revision.

    The archive is read twice. Raises NotEmpty, or NotAnArchive: then no row was entered.
    """
    revision = look(plain)[REVISION]
    if inspect(engine).get_table_names():
        raise NotEmpty(engine.url.render_as_string(hide_password=True))
    migrating.upgrade(engine, revision)
    plain.seek(0)
    with engine.begin() as connection:
        archiving.empty(connection)  # what the migrations themselves entered
        found = archiving.read(connection, plain, partial(_keep, files))
    migrating.upgrade(engine)
    return found


def look(plain: IO[bytes]) -> Mapping[str, str]:
    """What a plain archive says of itself; raises NotAnArchive."""
    plain.seek(0)
    told = archiving.look(plain)
    if not migrating.is_known(told.get(REVISION, "")):
        raise NotAnArchive("it was made by a newer program")
    return told


def keep_keys(path: Path, text: str) -> None:
    """Put the sealing keys of a backup where the program looks; raises OtherKeys."""
    told = Keyring.parse(text)
    if path.exists():
        if sealing.kept_in(path) != told:
            raise OtherKeys(str(path))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    sealing.replace(path, told)


def _keep(folder: Path, name: str, content: bytes) -> None:
    place = (folder / name).resolve()
    if not place.is_relative_to(folder.resolve()):
        raise NotAnArchive(f"it has a file outside its folder: {name}")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _write(engine: Engine, kept: Kept, out: IO[bytes], now: datetime) -> Archived:
    about = {REVISION: HEAD, MADE_AT: now.isoformat(), "database": engine.dialect.name}
    if kept.keyring:
        about[KEYS] = kept.keyring.as_text()
    with reading(engine) as tx:
        return archiving.write(tx.connection(), out, about=about, files=_files(kept.files))


def _files(folder: Path) -> Iterable[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(".part"):
            yield path.relative_to(folder).as_posix(), path


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    """A file beside the one to be, which takes its place when all went well."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
        _to_disk(out.parent)
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def opened(source: IO[bytes], identities: Sequence[x25519.Identity]) -> Iterator[IO[bytes]]:
    """The plain archive in a backup, in a file of its own that is gone afterwards.

    Raises WrongKey or NotAnArchive. It is kept whole before it is read: what age has not seen to
    its end may have been changed.
    """
    with tempfile.TemporaryFile() as plain:
        try:
            pyrage.decrypt_io(source, plain, list(identities))
        except pyrage.DecryptError as error:
            raise WrongKey(str(error)) from error
        except OSError as error:
            if error.errno is None:  # what age says of a changed content
                raise NotAnArchive(str(error)) from error
            raise
        plain.seek(0)
        yield plain


def identity(text: str) -> x25519.Identity:
    """The secret half in a text (comments and empty lines are passed over); raises WrongKey."""
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    try:
        return x25519.Identity.from_str(keys[0] if keys else "")
    except pyrage.IdentityError as error:
        raise WrongKey(str(error)) from error


@contextmanager
def piped(
    through: Callable[[IO[bytes], IO[bytes]], None], target: IO[bytes]
) -> Iterator[IO[bytes]]:
    """Something to write to, whose content goes `through` into a target; raises what it raises."""
    read_end, write_end = os.pipe()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(read_end, "rb") as source:
                through(source, target)
        except BaseException as error:  # told to the writer below
            failed.append(error)

    worker = Thread(target=work)
    worker.start()
    try:
        with os.fdopen(write_end, "wb") as plain:
            yield plain
    except BrokenPipeError:
        if not failed:
            raise
    finally:
        worker.join()
    if failed:
        raise failed[0]
