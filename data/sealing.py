"""Personal data at rest: sealed with AES-GCM, under keys an office can change.

A sealed value names its key in its first byte, so old values stay readable while new ones are
written under the newest key. What a value belongs to is bound to it: moved to another place, it
cannot be opened.
"""

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

KEY_BYTES = 32
NONCE_BYTES = 12
HIGHEST_ID = 255


class BadKeys(ValueError):
    """The keys cannot be used; the text says why and never shows one."""


class Unsealable(Exception):
    """The value was sealed under a key we do not have, for another place, or is damaged."""


@dataclass(frozen=True)
class Keyring:
    """The keys by their number; the highest seals, all of them open.

    The lowest also makes marks: a mark must stay the same when a key is added.
    """

    keys: Mapping[int, bytes]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NUMBER:BASE64` pairs separated by commas or lines; raises BadKeys."""
        pairs = [pair.partition(":") for pair in text.replace(",", "\n").split()]
        try:
            keys = {int(number): base64.b64decode(key, validate=True) for number, _, key in pairs}
        except ValueError as error:
            raise BadKeys("a key is written NUMBER:BASE64") from error
        sized = all(len(key) == KEY_BYTES and 1 <= n <= HIGHEST_ID for n, key in keys.items())
        if not keys or not sized or len(keys) != len(pairs):
            raise BadKeys(f"each key has {KEY_BYTES} bytes and its own number from 1 to 255")
        return cls(keys)

    @classmethod
    def new(cls) -> Self:
        """A keyring with one random key."""
        return cls({1: secrets.token_bytes(KEY_BYTES)})

    @property
    def current(self) -> int:
        """The number of the key that seals."""
        return max(self.keys)

    def with_new_key(self) -> "Keyring":
        """The same keys and a new one, which seals from now on; raises BadKeys past 255."""
        if self.current >= HIGHEST_ID:
            raise BadKeys("no number is left for another key")
        return Keyring({**self.keys, self.current + 1: secrets.token_bytes(KEY_BYTES)})

    def as_text(self) -> str:
        """The keys as `parse` reads them, one on each line."""
        lines = (f"{n}:{base64.b64encode(key).decode()}" for n, key in sorted(self.keys.items()))
        return "\n".join(lines) + "\n"

    def seal(self, plain: bytes, about: str) -> bytes:
        """Seal a value for one place: key number (1 byte), nonce (12), ciphertext and tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plain, about.encode())
        return bytes([self.current]) + nonce + sealed

    def open(self, sealed: bytes, about: str) -> bytes:
        """Open a value at the place it was sealed for; raises Unsealable."""
        key = self.keys.get(sealed[0]) if sealed else None
        if key is None:
            raise Unsealable("sealed under a key that is not on the keyring")
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, rest, about.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable("damaged, or sealed for another place") from error

    def mark(self, text: str) -> str:
        """A keyed digest of a text, to find equal values without opening any (64 hex digits)."""
        key = hashlib.sha256(b"mark" + self.keys[min(self.keys)]).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def kept_in(path: Path) -> Keyring:
    """The keyring of a file that only its owner may read; made when there is none yet."""
    try:
        return Keyring.parse(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    made = _written_aside(path, Keyring.new())
    with suppress(FileExistsError):  # another process was quicker; its key is the one
        os.link(made, path)
    made.unlink()
    return Keyring.parse(path.read_text(encoding="ascii"))


def replace(path: Path, keyring: Keyring) -> None:
    """Put a changed keyring in the place of the old one; the file is never half written."""
    _written_aside(path, keyring).replace(path)


def _written_aside(path: Path, keyring: Keyring) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # its owner's only
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(keyring.as_text())
        out.flush()
        os.fsync(out.fileno())
    return Path(name)


def equip(engine: Engine, keyring: Keyring) -> None:
    """Give an engine its keys; every transaction on it seals and opens with them."""
    # Column types are handed nothing but the engine's own dialect, so that carries them.
    setattr(engine.dialect, "civicline_keyring", keyring)  # noqa: B010


def of_dialect(dialect: Dialect) -> Keyring:
    """The keys of the engine with this dialect; raises BadKeys when it has none."""
    keyring = getattr(dialect, "civicline_keyring", None)
    if not isinstance(keyring, Keyring):
        raise BadKeys("this engine was opened without keys")
    return keyring


def of(tx: Session) -> Keyring:
    """The keys of this transaction's engine."""
    return of_dialect(tx.get_bind().dialect)
