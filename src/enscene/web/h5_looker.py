"""Somebody who looks at a customer's page: what is theirs, and the forms of what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Page
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.web.h5_forms import ActionForm, make_form
from enscene.web.render import money

LISTED = 60


@dataclass
class Looker:
    """Somebody who looks at a page, with a connection that sees the tenant."""

    connection: Any
    scene: RunningScene
    page: Page
    member: Member
    clock: Mapping[str, Any]
    language: str

    @property
    def pack(self) -> Pack:
        return self.scene.pack

    async def read(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of one of the store's queries about this scene."""
        return await operations_store.read(
            self.connection, query, self.scene.tenant, self.scene.id, *arguments
        )

    def word(self, key: str) -> str:
        """A text of the pack."""
        return self.pack.texts[self.language].get(key, key.rsplit(".", 1)[-1])


async def own_things(looker: Looker, kind: str, limit: int) -> list[Any]:
    fields = looker.pack.things[kind].fields.values()
    role = looker.page.who
    named = [f.name for f in fields if f.type.name == "party" and (f.type.role or f.name) == role]
    if not named:
        return []
    return await looker.read("things", kind, None, looker.member.ref, named[0], limit)


async def offered_things(
    looker: Looker, kind: str, state: str | None = None
) -> list[tuple[str, str]]:
    """Things to choose from: those in this state, the first when absent, as (key, what it is and
    costs)."""
    model = looker.pack.things[kind]
    rows = await looker.read("things", kind, state or next(iter(model.states)), None, None, LISTED)
    currency = looker.pack.currency
    listed = []
    for row in rows:
        title = str(row["fields"].get("title", row["key"]))
        price = row["fields"].get("price")
        listed.append((row["key"], title if price is None else f"{title} {money(price, currency)}"))
    return listed


async def form_of(looker: Looker, action: str) -> ActionForm:
    """The form of an action for this person."""
    model = looker.pack.actions[action]
    roles = {f.type.role or f.name for f in model.input.values() if f.type.name == "party"}
    parties = {
        role: [(row["ref"], row["name"] or row["ref"])
               for row in await looker.read("parties", role, LISTED)]
        for role in roles if role != looker.page.who
    }  # fmt: skip
    kinds: set[str] = set()
    for item in model.input.values():
        of = item.type.item if item.type.item is not None else item.type
        if of.thing:
            kinds.add(of.thing)
    things = {kind: await offered_things(looker, kind) for kind in kinds}
    if model.on is not None and model.on.thing not in kinds:
        things[model.on.thing] = await _acted_on(looker, model.on.thing, model.on.states)
    form = make_form(
        looker.pack,
        model,
        looker.page.who,
        looker.language,
        local_day(looker.clock["now"], looker.clock["zone"]),
        parties,
        things,
    )
    return _with_thing(form, model.on.key, things[model.on.thing]) if model.on else form


def _with_thing(form: ActionForm, key: str, things: Any) -> ActionForm:
    """The form with a choice of the thing that the action is about."""
    fields = [
        type(f)(f.name, f.title, "choice", "", things) if f.name == key else f for f in form.fields
    ]
    return ActionForm(form.action, form.title, fields, form.key)


async def _acted_on(looker: Looker, kind: str, states: tuple[str, ...]) -> list[tuple[str, str]]:
    """Of one's own things, or of those that are there for everybody, as an offer is."""
    who = looker.page.who
    fields = looker.pack.things[kind].fields.values()
    if not any(f.type.name == "party" and (f.type.role or f.name) == who for f in fields):
        found = [await offered_things(looker, kind, state) for state in states]
        return [each for offered in found for each in offered][:LISTED]
    rows = await own_things(looker, kind, LISTED)
    return [
        (row["key"], str(row["fields"].get("title", row["key"])))
        for row in rows
        if row["state"] in states
    ]
