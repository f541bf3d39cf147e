import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from complaints.privacy import identities
from complaints.privacy.identities import Petitioner
from data import sealing
from data.sealing import BadKeys, Keyring, Unsealable
from tests.makers import make_case

RING = Keyring({1: b"a" * 32})


@given(st.binary(), st.text())
def test_what_is_sealed_opens_at_its_place_and_nowhere_else(plain: bytes, about: str) -> None:
    sealed = RING.seal(plain, about)
    assert RING.open(sealed, about) == plain
    assert plain not in sealed or len(plain) < 4
    with pytest.raises(Unsealable):
        RING.open(sealed, about + "x")


def test_equal_values_never_look_equal() -> None:
    assert RING.seal("王小明".encode(), "x") != RING.seal("王小明".encode(), "x")
    assert RING.mark("0912345678") == RING.mark("0912345678")


def test_an_old_key_opens_and_the_new_one_seals() -> None:
    old = RING.seal(b"x", "here")
    both = RING.with_new_key()
    assert (both.open(old, "here"), both.current, both.seal(b"x", "here")[0]) == (b"x", 2, 2)
    assert both.mark("x") == RING.mark("x")
    with pytest.raises(Unsealable):
        RING.open(both.seal(b"x", "here"), "here")


@pytest.mark.parametrize("damage", [0, 5, -1])
def test_a_damaged_value_is_refused(damage: int) -> None:
    sealed = bytearray(RING.seal(b"something", "here"))
    sealed[damage] ^= 1
    with pytest.raises(Unsealable):
        RING.open(bytes(sealed), "here")
    with pytest.raises(Unsealable):
        RING.open(b"", "here")


@pytest.mark.parametrize("wrong", ["", "1", "x:AAAA", "1:AAAA", "0:" + "A" * 43 + "=", "1:!"])
def test_keys_that_cannot_be_used_are_refused(wrong: str) -> None:
    with pytest.raises(BadKeys):
        Keyring.parse(wrong)


def test_the_key_file_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sealing"
    first = sealing.kept_in(path)
    assert sealing.kept_in(path) == first
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    sealing.replace(path, first.with_new_key())
    assert sealing.kept_in(path).current == 2
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(path.parent) == ["sealing"]


def test_name_and_contact_do_not_stand_in_the_database(tx: Session) -> None:
    case = make_case(tx, petitioner_name="王大明", contact="02-2345-6789", reply_by="phone")
    raw = tx.execute(text("select petitioner from cases")).scalar_one()
    assert "王大明".encode() not in bytes(raw)
    assert b"2345" not in bytes(raw)
    assert identities.unseal(tx, case) == Petitioner("王大明", "02-2345-6789")
    assert identities.masked(identities.unseal(tx, case)) == Petitioner("王○○", "***789")
    for row in tx.execute(text("select content from outbox")).scalars():
        assert case.case_no.encode() not in bytes(row)


def test_a_value_copied_to_another_case_cannot_be_opened(tx: Session) -> None:
    one, other = make_case(tx), make_case(tx)
    other.petitioner = one.petitioner
    with pytest.raises(Unsealable):
        identities.unseal(tx, other)


def test_one_phone_written_in_two_ways_has_one_mark(tx: Session) -> None:
    assert identities.mark(tx, "0912-345-678") == identities.mark(tx, "+886 912 345 678")
    assert identities.mark(tx, "A@B.tw ") == identities.mark(tx, "a@b.tw")
    assert identities.mark(tx, "0912345678") != identities.mark(tx, "0912345679")
