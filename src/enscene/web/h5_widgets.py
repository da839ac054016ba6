"""What a customer's page shows: each widget of the pack's page with this person's data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from enscene.customers import is_granted
from enscene.kernel.clock import local_day, window_key
from enscene.ledger import read_statement
from enscene.operations import store as operations_store
from enscene.operations.forecast_demand import forecast_demand
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Page, PageItem
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.web.h5_forms import ActionForm, make_form
from enscene.web.render import money

RECENT, LISTED, LIKED = 5, 60, 3


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


Widget = dict[str, Any]


async def show_widgets(looker: Looker) -> list[Widget]:
    """The widgets of the page in order; those that have nothing to show for are left out."""
    widgets = []
    for item in looker.page.items:
        shown = await _WIDGETS[item.widget](looker, item)
        if shown is not None:
            widgets.append({"widget": item.widget, "of": item.of, **shown})
    return widgets


async def _balance(looker: Looker, item: PageItem) -> Widget | None:
    rows = await looker.read("owners", item.of, looker.member.ref, 1)
    if not rows:
        return None
    row = rows[0]
    return {
        "title": looker.word(f"accounts.{item.of}"),
        "available": row["posted"] - row["held"] - min(row["floor"] or 0, 0),
        "posted": row["posted"],
        "held": row["held"],
    }


async def _statement(looker: Looker, item: PageItem) -> Widget | None:
    account = looker.member.accounts.get(item.of or "")
    if account is None:
        return None
    entries = await read_statement(looker.connection, looker.scene.tenant, account, limit=RECENT)
    return {"title": looker.word(f"accounts.{item.of}"), "entries": entries}


async def _own_things(looker: Looker, kind: str, limit: int) -> list[Any]:
    fields = looker.pack.things[kind].fields.values()
    role = looker.page.who
    named = [f.name for f in fields if f.type.name == "party" and (f.type.role or f.name) == role]
    if not named:
        return []
    return await looker.read("things", kind, None, looker.member.ref, named[0], limit)


async def _last(looker: Looker, item: PageItem) -> Widget | None:
    kind = looker.pack.things[item.of or ""]
    amount = next((f.name for f in kind.fields.values() if f.type.name == "money"), None)
    said = next((f.name for f in kind.fields.values() if f.name in ("title", "flight")), kind.key)
    chosen = next((f.name for f in kind.fields.values() if f.type.name == "choice"), None)
    if said == kind.key and chosen:
        said = chosen
    rows = [
        {
            "title": _shown(looker, row["fields"].get(said, row["key"]), said == chosen),
            "key": row["key"],
            "minor": row["fields"].get(amount) if amount else None,
            "state": looker.word(f"things.{kind.name}.states.{row['state']}"),
        }
        for row in await _own_things(looker, kind.name, RECENT)
    ]
    return {"title": looker.word(f"things.{kind.name}.title"), "rows": rows}


def _shown(looker: Looker, value: Any, is_choice: bool) -> str:
    return looker.word(f"choices.{value}") if is_choice else str(value)


async def _offered(looker: Looker, kind: str) -> list[tuple[str, str]]:
    """Things to choose from: those in their first state, as (key, what it is and costs)."""
    model = looker.pack.things[kind]
    first = next(iter(model.states))
    rows = await looker.read("things", kind, first, None, None, LISTED)
    currency = looker.pack.currency
    listed = []
    for row in rows:
        title = str(row["fields"].get("title", row["key"]))
        price = row["fields"].get("price")
        listed.append((row["key"], title if price is None else f"{title} {money(price, currency)}"))
    return listed


async def _list(looker: Looker, item: PageItem) -> Widget | None:
    rows = await _offered(looker, item.of or "")
    return {"title": looker.word(f"things.{item.of}.title"), "rows": rows} if rows else None


async def _counter(looker: Looker, item: PageItem) -> Widget | None:
    counter = looker.pack.counters[item.of or ""]
    span = window_key(looker.clock["now"], looker.clock["zone"], counter.per)
    rows = await looker.read("counter", counter.name, looker.member.id, span)
    value = rows[0]["value"] if rows else 0
    return {
        "title": looker.word(f"counters.{counter.name}"),
        "value": value,
        "is_money": counter.sum == "money",
    }


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
    things = {kind: await _offered(looker, kind) for kind in kinds}
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
    rows = await _own_things(looker, kind, LISTED)
    return [
        (row["key"], str(row["fields"].get("title", row["key"])))
        for row in rows
        if row["state"] in states
    ]


async def _do(looker: Looker, item: PageItem) -> Widget | None:
    name = item.of or ""
    if name not in looker.pack.actions:
        return None
    form = await form_of(looker, name)
    model = looker.pack.actions[name]
    if model.on is not None and not any(f.choices for f in form.fields if f.name == model.on.key):
        return None
    if any(f.kind == "many" and not f.choices for f in form.fields):
        return None
    return {"title": form.title, "form": form}


async def _demand(looker: Looker, item: PageItem) -> Widget | None:
    listed = looker.pack.things[item.of or ""].fields.get("dishes")
    if listed is None or listed.type.item is None:
        return None
    rows = await looker.read("demand", item.of, listed.type.item.thing, ["cancelled", "expired"])
    today = local_day(looker.clock["now"], looker.clock["zone"])
    return {"title": looker.word(f"things.{item.of}.title"), "rows": forecast_demand(rows, today)}


async def _offers(looker: Looker, item: PageItem) -> Widget | None:
    rows = await looker.read("decisions", looker.member.id)
    offers: list[Widget] = []
    shown: set[str] = set()
    for row in rows:
        moment = looker.pack.moments.get(row["moment"])
        if moment is None or row["state"] in ("taken", "dismissed") or row["product"] in shown:
            continue
        shown.add(row["product"])
        action = _applying(looker.pack, row["product"], looker.page.who)
        offers.append(
            {
                "id": str(row["id"]),
                "product": looker.word(f"products.{row['product']}"),
                "reason": looker.word(moment.reason),
                "form": await form_of(looker, action) if action else None,
            }
        )
    return {"offers": offers}


def _applying(pack: Pack, product: str, role: str) -> str | None:
    """The action by which a person applies for a product."""
    for action in pack.actions.values():
        for step in action.steps:
            if step.block == "apply" and step.args.get("product") == product and role in action.by:
                return action.name
    return None


async def _contracts(looker: Looker, item: PageItem) -> Widget | None:
    names = {product.shelf: name for name, product in looker.pack.products.items()}
    rows = [
        {
            "title": looker.word(f"products.{names.get(row['product'], row['product'])}"),
            "at": row["opened_at"],
            "minor": row["amount"],
        }
        for row in await looker.read("contracts", looker.member.id)
    ]
    return {"rows": rows}


async def _consents(looker: Looker, item: PageItem) -> Widget | None:
    said = {r["item"]: r["granted"] for r in await looker.read("consents", looker.member.id)}
    items = looker.pack.parties[looker.page.who].consent
    return {"rows": [(name, is_granted(said, name)) for name in items]}


async def _recommend(looker: Looker, item: PageItem) -> Widget | None:
    """What this person has taken most often and can take today."""
    fields = looker.pack.things[item.of or ""].fields
    listed = next((f for f in fields.values() if f.type.item and f.type.item.thing), None)
    if listed is None or listed.type.item is None:
        return None
    said = {r["item"]: r["granted"] for r in await looker.read("consents", looker.member.id)}
    if not is_granted(said, "recommendations"):
        return None
    offered = dict(await _offered(looker, listed.type.item.thing or ""))
    counts = Counter(
        key
        for row in await _own_things(looker, item.of or "", LISTED)
        for key in row["fields"].get(listed.name) or ()
        if key in offered
    )
    return {"rows": [offered[key] for key, _ in counts.most_common(LIKED)]} if counts else None


async def _notices(looker: Looker, item: PageItem) -> Widget | None:
    rows = await looker.read("notices", str(looker.member.id))
    return {"rows": [(row["at"], looker.word(row["text"])) for row in rows]}


_WIDGETS: dict[str, Callable[[Looker, PageItem], Awaitable[Widget | None]]] = {
    "balance": _balance,
    "statement": _statement,
    "last": _last,
    "list": _list,
    "counter": _counter,
    "do": _do,
    "pay_code": _do,
    "demand": _demand,
    "offers": _offers,
    "contracts": _contracts,
    "consents": _consents,
    "recommend": _recommend,
    "notices": _notices,
}
