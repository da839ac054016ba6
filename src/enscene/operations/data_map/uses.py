"""Who may use what a scene keeps, and by which rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from enscene.operations.data_map.items import Item
from enscene.scenes.language import Pack
from enscene.tenants.apps import App

Who = Literal["staff", "party", "app", "scene"]
Rule = Literal["staff", "own", "acts_on", "consent", "in_role", "holdings"]
STAFF = ("scene_team", "approver", "auditor")
ALL_ACTIONS = "*"
READINGS = {"field": "things.read", "account": "accounts.read"}


@dataclass(frozen=True, slots=True)
class Use:
    """One that may use it. `name` is a role of the bank's people, a role of the scene, an
    application or another scene; `rule` says why. `consents` in force are what it rests on
    (None: on none). `masked`: of a value of level C2 its ends alone are told. `closed_by`
    are limits of law by which it is refused all the same."""

    who: Who
    name: str
    rule: Rule
    purpose: str | None = None
    consents: int | None = None
    masked: bool = False
    closed_by: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the law lets it."""
        return not self.closed_by


def uses_of(
    item: Item,
    pack: Pack,
    apps: Sequence[App],
    grants: Sequence[Any],
    roles: Sequence[Any],
    readers: Sequence[tuple[str, int]],
) -> list[Use]:
    """Everybody who may use it. `grants` and `roles` are those of the scene; `readers` are scenes
    that look at what is held elsewhere, with how many customers have let them."""
    if item.hidden:
        return []
    masked = item.level == "C2"
    found = [Use("staff", role, "staff", masked=masked and item.kind == "field") for role in STAFF]
    if item.kind == "holdings":
        found += [Use("party", role, "own") for role in item.about]
        return found + [
            Use("scene", ref, "holdings", consents=consents) for ref, consents in readers
            if ref != item.ref
        ]  # fmt: skip
    parties = _parties(item, pack)
    return [*found, *parties, *_in_roles(item, apps, roles, parties), *_granted(item, apps, grants)]


def _parties(item: Item, pack: Pack) -> list[Use]:
    """Roles of the scene: each sees what names it, and the only one of a role that acts on such
    things all of them."""
    if item.kind == "account":
        return [Use("party", pack.accounts[item.of].of, "own")]
    found = []
    named = {
        field.type.role for field in pack.things[item.of].fields.values()
        if field.type.name == "party"
    }  # fmt: skip
    acting = {
        role for action in pack.actions.values()
        if action.on is not None and action.on.thing == item.of for role in action.by
    }  # fmt: skip
    for role, party in pack.parties.items():
        if party.is_a == "bank":
            continue  # its people stand there by their own roles
        if party.one and party.is_a != "person" and role in acting:
            found.append(Use("party", role, "acts_on"))
        elif role in named:
            found.append(Use("party", role, "own"))
    return found


def _in_roles(
    item: Item, apps: Sequence[App], roles: Sequence[Any], parties: Sequence[Use]
) -> list[Use]:
    """Applications that read in a role: of the party that they belong to, or of all who have it."""
    reading = READINGS[item.kind]
    scope = f"scene:{item.ref}:{reading}"
    own = {row["name"]: set(row["roles"]) for row in roles}
    readers = {use.name for use in parties}
    found = []
    for app in apps:
        if app.status != "active" or not app.covers(scope) or not _is_high_enough(item, app.level):
            continue
        held = own.get(app.name, set()) | {
            acting.role for acting in app.acts_for if acting.allows(item.ref, reading)
        }
        if held & readers:
            found.append(Use("app", app.name, "in_role"))
    return found


def _granted(item: Item, apps: Sequence[App], grants: Sequence[Any]) -> list[Use]:
    """Applications that customers have let read it, by purpose."""
    levels = {app.name: app.level for app in apps}
    found: dict[tuple[str, str], int] = {}
    for grant in grants:
        if _covers(item, grant) and _is_high_enough(item, levels.get(grant["name"], "A1")):
            key = (grant["name"], grant["purpose"])
            found[key] = found.get(key, 0) + grant["consents"]
    return [
        Use(
            "app", app, "consent", purpose, count, item.level == "C2" and item.kind == "field",
            tuple(limit.id for limit in item.closed_for(purpose)),
        )
        for (app, purpose), count in found.items()
    ]  # fmt: skip


def _covers(item: Item, grant: Any) -> bool:
    if item.kind == "account":
        named = None if grant["fields"] is None else grant["fields"].get("accounts", ())
        return bool(grant["accounts"]) and (named is None or item.of in named)
    things = None if grant["fields"] is None else grant["fields"].get("things", {})
    return bool(grant["things"]) and (things is None or item.field in things.get(item.of, ()))


def _is_high_enough(item: Item, level: str) -> bool:
    return item.api == "A1" or level == "A2"
