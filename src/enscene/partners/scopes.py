"""What a partner may ask for in the scenes of its bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enscene.kernel.errors import Invalid, NotFound
from enscene.partners import store
from enscene.partners.apis.store import read_scenes
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost
from enscene.scenes.runtime.tied_contracts import SYSTEM
from enscene.tenants.apps import split_scope

EVERYTHING = "*"
READINGS = (
    "things.read",
    "accounts.read",
    "events.read",
    "quotes.read",
    "applications.read",
    "asking",
)
WRITINGS = ("applications.write", "parties.write", "events.write")


@dataclass(frozen=True, slots=True)
class Offered:
    """A scene of the bank: its name, and what may be done in it as (action, titles by language);
    what every scene has, such as `things.read`, is not among them."""

    ref: str
    name: str
    actions: tuple[tuple[str, Mapping[str, str]], ...]

    @property
    def scopes(self) -> list[str]:
        """All that may be asked for in it."""
        named = (EVERYTHING, *(name for name, _ in self.actions), *READINGS, *WRITINGS)
        return [f"scene:{self.ref}:{each}" for each in named]


async def read_offered(pool: store.Pool, host: SceneHost, tenant: int) -> list[Offered]:
    """The bank's scenes that are not retired, oldest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await read_scenes(connection, tenant)
    found = []
    for row in rows:
        pack = (await host.scene(tenant, row["ref"])).pack
        actions = tuple((name, _titles(pack, name)) for name in sorted(_open(pack)))
        found.append(Offered(row["ref"], row["name"], actions))
    return found


async def check_offered(host: SceneHost, tenant: int, scopes: Sequence[str]) -> None:
    """Every scene among the scopes is one of the bank's, and has the action that is named.

    Raises: Invalid("partner.scope").
    """
    for scope in scopes:
        parts = split_scope(scope)
        if parts is not None and not await _is_offered(host, tenant, *parts):
            raise Invalid(
                f"the bank has no scene and action {scope[:60]!r}",
                code="partner.scope",
                param="scopes",
                facts={"scope": scope[:200]},
                hint="GET /v1/scenes and each scene's document name what there is",
            )


async def _is_offered(host: SceneHost, tenant: int, ref: str, what: str) -> bool:
    try:
        scene = await host.scene(tenant, ref)
    except NotFound:
        return False
    known = {EVERYTHING, *READINGS, *WRITINGS, *_open(scene.pack)}
    return scene.state != "retired" and what in known


def _open(pack: Pack) -> set[str]:
    """The actions that somebody from outside may do."""
    return {action.name for action in pack.actions.values() if set(action.by) - set(SYSTEM)}


def _titles(pack: Pack, action: str) -> Mapping[str, str]:
    return {
        language: texts.get(f"actions.{action}", action) for language, texts in pack.texts.items()
    }
