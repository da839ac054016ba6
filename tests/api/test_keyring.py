"""The program's own keys lie in the database sealed, and open where the home's key is."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from enscene.api.auth import Keyring, drop_foreign_keys
from enscene.storage import Seal, StorageFault


def new_seal() -> Seal:
    return Seal(secrets.token_bytes(32))


async def signed(ring: Keyring, message: bytes = b"m") -> tuple[str, bytes]:
    kid = await ring.signing_kid()
    return kid, ring.sign_with(kid, message)


async def test_no_key_lies_there_in_plain(pool: Any) -> None:
    seal = new_seal()
    ring = Keyring(pool, seal)
    await ring.ready()
    cursor = await ring.cursor_secret()
    rows = await pool.fetch("select id, purpose, material, seal from secret_key")
    assert {row["purpose"] for row in rows} == {"token", "cursor"}
    assert {row["seal"] for row in rows} == {seal.id}
    for row in rows:
        assert len(row["material"]) == 12 + 32 + 16
        assert cursor not in row["material"]
        assert len(seal.open(row["id"], row["material"])) == 32


async def test_processes_of_one_home_share_the_keys(pool: Any) -> None:
    seal = new_seal()
    one, other = Keyring(pool, seal), Keyring(pool, seal)
    kid, signature = await signed(one)
    assert await other.is_signed(kid, b"m", signature)
    assert await one.cursor_secret() == await other.cursor_secret()


async def test_what_lies_there_in_plain_is_sealed_at_the_next_start(pool: Any) -> None:
    """Tokens and cursors given out before go on."""
    seal = new_seal()
    ring = Keyring(pool, seal)
    kid, signature = await signed(ring)
    cursor = await ring.cursor_secret()
    for row in await pool.fetch("select id, material from secret_key"):
        plain = seal.open(row["id"], row["material"])
        await pool.execute(
            "update secret_key set material = $2, seal = null where id = $1", row["id"], plain
        )
    started = Keyring(pool, seal)
    await started.ready()
    assert await pool.fetchval("select count(*) from secret_key where seal is null") == 0
    assert cursor not in await pool.fetchval(
        "select material from secret_key where purpose = 'cursor'"
    )
    assert await started.is_signed(kid, b"m", signature)
    assert await started.cursor_secret() == cursor


async def test_another_home_is_told_what_it_lacks_and_deletes_nothing(pool: Any) -> None:
    ours, theirs = new_seal(), new_seal()
    await Keyring(pool, ours).ready()
    with pytest.raises(StorageFault) as fault:
        await Keyring(pool, theirs).ready()
    for word in (ours.id, theirs.id, "secret.key", "ENSCENE_SECRET_KEY", "delete from secret_key"):
        assert word in fault.value.detail
        assert word in fault.value.chinese
    await Keyring(pool, ours).ready()
    assert await pool.fetchval("select count(*) from secret_key") == 2


async def test_a_sealed_key_cannot_take_the_place_of_another(pool: Any) -> None:
    seal = new_seal()
    await Keyring(pool, seal).ready()
    await pool.execute(
        "update secret_key set material = (select material from secret_key where purpose = 'cursor')"
        " where purpose = 'token'"
    )
    with pytest.raises(StorageFault):
        await Keyring(pool, seal).ready()


async def test_after_a_restore_in_another_home_new_keys_are_made(pool: Any) -> None:
    theirs, ours = new_seal(), new_seal()
    before = await signed(Keyring(pool, theirs))
    await Keyring(pool, theirs).ready()
    async with pool.acquire() as connection:
        assert await drop_foreign_keys(connection, ours) == 2
        assert await drop_foreign_keys(connection, ours) == 0
    ring = Keyring(pool, ours)
    await ring.ready()
    assert not await ring.is_signed(before[0], b"m", before[1])
    async with pool.acquire() as connection:
        assert await drop_foreign_keys(connection, ours) == 0
