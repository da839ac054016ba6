"""What the key of a home has sealed opens with it alone, whole, and under its own name."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.storage import Seal, StorageFault, Unsealable, seal_of_environment, seal_of_home

SEAL = Seal(bytes(range(32)))


@given(st.text(max_size=40), st.binary(max_size=200))
def test_what_is_sealed_opens(name: str, secret: bytes) -> None:
    assert SEAL.open(name, SEAL.close(name, secret)) == secret


@given(st.binary(min_size=1, max_size=64), st.data())
def test_any_changed_bit_is_found(secret: bytes, data: st.DataObject) -> None:
    sealed = bytearray(SEAL.close("key", secret))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(Unsealable):
        SEAL.open("key", bytes(sealed))


@given(st.binary(max_size=40))
def test_anything_else_does_not_open(anything: bytes) -> None:
    with pytest.raises(Unsealable):
        SEAL.open("key", anything)


def test_another_name_or_key_does_not_open() -> None:
    sealed = SEAL.close("one", b"secret")
    assert b"secret" not in sealed
    assert sealed != SEAL.close("one", b"secret")
    with pytest.raises(Unsealable):
        SEAL.open("two", sealed)
    with pytest.raises(Unsealable):
        Seal(secrets.token_bytes(32)).open("one", sealed)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ENSCENE_SECRET_KEY")
    return tmp_path / "home"


def test_a_home_has_one_key_that_only_its_owner_reads(home: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = {seal.id for seal in threads.map(seal_of_home, [home] * 8)}
    assert len(ids) == 1
    assert [path.name for path in home.iterdir()] == ["secret.key"]
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_refused(home: Path) -> None:
    seal_of_home(home)
    (home / "secret.key").chmod(0o640)
    with pytest.raises(StorageFault, match="others may read"):
        seal_of_home(home)


def test_the_variable_goes_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home = seal_of_home(home).id
    monkeypatch.setenv("ENSCENE_SECRET_KEY", (home / "secret.key").read_text())
    assert seal_of_environment().id == at_home
    monkeypatch.setenv("ENSCENE_SECRET_KEY", "ab" * 32)
    assert seal_of_home(home).id == seal_of_environment().id != at_home


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "ab" * 31, "ab" * 33])
def test_what_is_no_key_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENSCENE_SECRET_KEY", text)
    with pytest.raises(StorageFault):
        seal_of_environment()
