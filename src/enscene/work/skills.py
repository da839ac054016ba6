"""What each of the bank's people may advise on; who serves a customer is chosen by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from enscene.kernel.errors import Invalid, NotFound
from enscene.work import store


async def read_skills(connection: store.Connection, tenant: int) -> Mapping[str, tuple[str, ...]]:
    """Kinds of products by login name, sorted; nobody who has none."""
    return await store.read_skills(connection, tenant)


async def set_skills(
    connection: store.Connection, tenant: int, login: str, kinds: Collection[str],
    known: Collection[str], by: str,
) -> None:  # fmt: skip
    """From now on these and no others, of the kinds that the shelf knows.

    Raises: NotFound("user.not_found"), Invalid("skill.kind", `kinds`).
    """
    if not set(kinds) <= set(known):
        raise Invalid(f"one of {', '.join(known)}", code="skill.kind", param="kinds")
    if not await store.replace_skills(connection, tenant, login, sorted(set(kinds)), by):
        raise NotFound("there is no such person", code="user.not_found")
