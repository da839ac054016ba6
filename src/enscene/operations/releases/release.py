"""A release: notes on a version of a template or of the platform, and which scenes it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import find_uuid, new_uuid, public_id
from enscene.operations.releases import store
from enscene.tenants import Tenant
from enscene.tenants.store import Pool, admitted

PREFIX = "rel"
PLATFORM = "platform"
TEXT_LEAST, TEXT_MOST, VERSION_MOST = 2, 2_000, 40


@dataclass(frozen=True, slots=True)
class Release:
    """`what` is a template's id or `platform`. Scenes are counted by how they came out: `waiting`,
    `done`, `same` (they had it already), `refused`. Times are real ones."""

    id: UUID
    what: str
    version: str
    zh: str
    en: str
    made_by: str
    made_at: datetime
    begun_by: str | None
    begun_at: datetime | None
    ended_at: datetime | None
    waiting: int
    done: int
    same: int
    refused: int

    @property
    def ref(self) -> str:
        """As it is written outside."""
        return public_id(PREFIX, self.id)

    @property
    def scenes(self) -> int:
        """How many it goes to."""
        return self.waiting + self.done + self.same + self.refused

    def notes(self, language: str) -> str:
        """What is new, in a language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Target:
    """One scene of a tenant; `why` it was refused, in the words of the refusal."""

    tenant: int
    tenant_ref: str
    tenant_name: str
    scene: str
    before: str
    state: Literal["waiting", "done", "same", "refused"]
    why: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """On which version of a template how many scenes of how many tenants run."""

    pack: str
    version: str
    digest: str
    scenes: int
    tenants: int


async def list_versions(pool: Pool, tenants: Sequence[Tenant]) -> list[Version]:
    """Of all scenes of these tenants that have not ended."""
    ids = [tenant.id for tenant in tenants]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, ids)
        return [Version(*row) for row in await store.read_versions(connection, ids)]


async def list_releases(pool: Pool, tenant: int) -> list[Release]:
    """Those that the operators of a tenant have told of, the newest first."""
    async with admitted(pool, tenant, readonly=True) as connection:
        return [Release(**dict(r)) for r in await store.list_releases(connection, tenant, None)]


async def read_release(pool: Pool, tenant: int, release: UUID) -> tuple[Release, list[Target]]:
    """One with its scenes. Raises: NotFound."""
    async with admitted(pool, tenant, readonly=True) as connection:
        rows = await store.list_releases(connection, tenant, release)
        if not rows:
            raise release_not_found()
        targets = [Target(*row) for row in await store.read_targets(connection, tenant, release)]
    return Release(**dict(rows[0])), targets


async def make_release(
    pool: Pool, tenant: int, what: str, version: str, zh: str, en: str, who: str
) -> UUID:
    """Tell what is new in a version, in both languages. It comes to no scene by that.

    Raises: Invalid("release.text"), Conflict("release.exists").
    """
    for param, text, most in (("version", version, VERSION_MOST), ("zh", zh, TEXT_MOST),
                              ("en", en, TEXT_MOST)):  # fmt: skip
        least = 1 if param == "version" else TEXT_LEAST
        if not least <= len(text.strip()) <= most or "\0" in text:
            raise Invalid(
                f"{param} has {least} to {most} characters", code="release.text", param=param,
                facts={"least": least, "most": most},
            )  # fmt: skip
    made = new_uuid()
    async with admitted(pool, tenant) as connection:
        if not await store.insert_release(
            connection, tenant, made, what, version.strip(), zh.strip(), en.strip(), who
        ):
            raise Conflict(
                f"{what} {version} is told of already", code="release.exists", param="version"
            )
    return made


def release_id(text: str) -> UUID:
    """The number inside `rel_…`. Raises: NotFound."""
    found = find_uuid(text, PREFIX)
    if found is None:
        raise release_not_found()
    return found


def release_not_found() -> NotFound:
    """There is none, or it is somebody else's."""
    return NotFound("there is no such release", code="release.not_found", param="release")
