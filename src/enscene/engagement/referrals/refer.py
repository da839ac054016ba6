"""Ask others into a scene: a customer's code, and who comes by it.

The first code that somebody comes by holds. It is nobody's own, brings nobody who used the scene
before, and brings no more than `MOST` within `DAYS`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from enscene.customers import is_granted
from enscene.customers.identity import read_parties_of, read_refs
from enscene.engagement.referrals import store
from enscene.engagement.store import read_consents
from enscene.kernel.controls import control
from enscene.kernel.errors import NotFound, Refused

CONSENT = "recommendations"
"""Without it nobody has a code, and a code that was given lets nobody in."""
DAYS, MOST = 30, 20
"""Who first uses the scene within so many days after the claim counts as brought; so many at the most
may come by a customer in as many days."""
JOINED = timedelta(days=1)
"""Who has taken part for longer was there before."""
_CODE = re.compile(r"[0-9a-f]{16}")
_OPEN = ("pilot", "live")


@dataclass(frozen=True, slots=True)
class Code:
    """A customer's in a scene: how many came by it, and how many of them lately."""

    code: str
    came: int
    lately: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a code asks into."""

    scene: int
    ref: str
    name: str


async def read_code(
    connection: store.Connection, tenant: int, scene: int, party: int
) -> Code | None:
    """The one that the customer has, if any."""
    since = await store.read_now(connection, tenant) - timedelta(days=DAYS)
    row = await store.read_code(connection, tenant, scene, party, since)
    return None if row is None else Code(row["code"], row["came"], row["lately"])


async def give_code(connection: store.Connection, tenant: int, scene: int, party: int) -> Code:
    """The customer's code in the scene, made when it is asked for first.

    Raises: Refused("referral.no_consent").
    """
    await check_allows(connection, tenant, scene, party)
    now = await store.read_now(connection, tenant)
    await store.insert_code(connection, tenant, scene, party, secrets.token_hex(8), now)
    found = await read_code(connection, tenant, scene, party)
    assert found is not None, "it was made or there"
    return found


async def find_invitation(connection: store.Connection, tenant: int, code: str) -> Invitation:
    """Raises: NotFound, also for a code of somebody who asks nobody any more."""
    return (await _find(connection, tenant, code))[0]


async def _find(connection: store.Connection, tenant: int, code: str) -> tuple[Invitation, int]:
    row = await store.find_code(connection, tenant, code) if _CODE.fullmatch(code) else None
    if row is None or row["state"] not in _OPEN:
        raise _not_found()
    said = await read_consents(connection, tenant, row["scene"], row["customer"])
    if not is_granted(said, CONSENT):
        raise _not_found()
    return Invitation(row["scene"], row["ref"], row["name"]), row["customer"]


async def claim(
    connection: store.Connection, tenant: int, party: int, code: str, scene: int | None = None
) -> Invitation:
    """Keep by which code the customer came; the same one again changes nothing. `scene` is where it
    is said, None where any will do.

    Raises: NotFound, Refused("referral.own", "referral.taken", "referral.known", "referral.many").
    """
    found, referrer = await _find(connection, tenant, code)
    if scene not in (None, found.scene):
        raise _not_found()
    await store.lock_scene(connection, tenant, found.scene)
    own = await read_parties_of(connection, tenant, party)
    check_other(own, referrer)
    known = await store.find_claim(connection, tenant, found.scene, own)
    if known is not None:
        if known["code"] == code:
            return found
        raise Refused("another code came first", code="referral.taken")
    await _check_new(connection, tenant, found.scene, own)
    now = await store.read_now(connection, tenant)
    theirs = await read_parties_of(connection, tenant, referrer)
    came = await store.count_came_by(
        connection, tenant, found.scene, theirs, now - timedelta(days=DAYS)
    )
    check_few(came)
    await store.insert_claim(connection, tenant, found.scene, party, code, now)
    return found


async def check_allows(connection: store.Connection, tenant: int, scene: int, party: int) -> None:
    """Raises: Refused("referral.no_consent")."""
    if not is_granted(await read_consents(connection, tenant, scene, party), CONSENT):
        raise Refused("recommendations are off", code="referral.no_consent")


@control("referral_own")
def check_other(own: list[int], referrer: int) -> None:
    """Nobody brings themselves, by whichever of their parties. Raises: Refused("referral.own")."""
    if referrer in own:
        raise Refused("it is your own code", code="referral.own")


@control("referral_many")
def check_few(came: int) -> None:
    """Raises: Refused("referral.many")."""
    if came >= MOST:
        raise Refused(
            f"a code brings {MOST} in {DAYS} days at the most", code="referral.many",
            facts={"most": MOST, "days": DAYS},
        )  # fmt: skip


async def _check_new(
    connection: store.Connection, tenant: int, scene: int, parties: list[int]
) -> None:
    """Raises: Refused("referral.known")."""
    since = await store.read_since(connection, tenant, scene, parties)
    if since is None:
        return
    now = await store.read_now(connection, tenant)
    refs = list((await read_refs(connection, tenant, parties)).values())
    if since < now - JOINED or await store.did_anything(connection, tenant, scene, since, refs):
        raise Refused("the scene knew the customer before", code="referral.known")


def _not_found() -> NotFound:
    return NotFound("there is no such code", code="referral.not_found", param="code")
