"""What a customer's page shows: each widget of the pack's page with this person's data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from enscene.customers import is_granted
from enscene.engagement.applications import find_lending_action
from enscene.kernel.clock import local_day, window_key
from enscene.ledger import read_statement
from enscene.operations.forecast_demand import forecast_demand
from enscene.scenes.language.model import Action, PageItem
from enscene.web.h5_apply import offered_to, show_applications
from enscene.web.h5_looker import LISTED, Looker, form_of, offered_things, own_things
from enscene.web.h5_offers import show_offers
from enscene.web.h5_said import show_said

RECENT, LIKED = 5, 3


Widget = dict[str, Any]


async def show_widgets(looker: Looker) -> list[Widget]:
    """The widgets of the page in order; those that have nothing to show for are left out."""
    widgets = []
    for item in looker.page.items:
        shown = await _WIDGETS[item.widget](looker, item)
        if shown is not None:
            widgets.append({"widget": item.widget, "of": item.of, **shown})
    if all(item.widget != "offers" for item in looker.page.items):
        # A page that has no place for offers of its own has one for what campaigns say.
        said = await show_said(looker)
        if said:
            widgets.insert(0, {"widget": "offers", "of": None, "offers": said, "applications": []})
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
        for row in await own_things(looker, kind.name, RECENT)
    ]
    return {"title": looker.word(f"things.{kind.name}.title"), "rows": rows}


def _shown(looker: Looker, value: Any, is_choice: bool) -> str:
    return looker.word(f"choices.{value}") if is_choice else str(value)


async def _list(looker: Looker, item: PageItem) -> Widget | None:
    rows = await offered_things(looker, item.of or "")
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
    return {"title": form.title, "form": form, "apply": _applied_for(looker, model)}


def _applied_for(looker: Looker, action: Action) -> dict[str, str] | None:
    """What an action that lends is applied for by: the shelf's product, and the thing it is about.
    None for any other, and for one that draws on a line."""
    for step in action.steps:
        if step.block == "lend" and action.on is not None:
            shelf = looker.pack.products[str(step.args["product"])].shelf
            found = find_lending_action(looker.pack, shelf, looker.member.roles, action.on.thing)
            if found is not None and found.action == action.name:
                return {"product": shelf, "thing": action.on.thing, "key": action.on.key}
    return None


async def _demand(looker: Looker, item: PageItem) -> Widget | None:
    listed = looker.pack.things[item.of or ""].fields.get("dishes")
    if listed is None or listed.type.item is None:
        return None
    rows = await looker.read("demand", item.of, listed.type.item.thing, ["cancelled", "expired"])
    today = local_day(looker.clock["now"], looker.clock["zone"])
    return {"title": looker.word(f"things.{item.of}.title"), "rows": forecast_demand(rows, today)}


async def _offers(looker: Looker, item: PageItem) -> Widget | None:
    applications = await show_applications(looker)
    begun = offered_to(applications)
    said = [offer for offer in await show_said(looker) if offer["id"] not in begun]
    told = {offer["shelf"] for offer in said}
    own = [
        offer for offer in await show_offers(looker)
        if offer["id"] not in begun and offer["shelf"] not in told
    ]  # fmt: skip
    return {"offers": [*said, *own], "applications": applications}


async def _contracts(looker: Looker, item: PageItem) -> Widget | None:
    names = {product.shelf: name for name, product in looker.pack.products.items()}
    rows = [
        {
            "title": looker.word(f"products.{names.get(row['product'], row['product'])}"),
            "at": row["opened_at"],
            "minor": row["amount"],
            "about": row["about"],
        }
        for row in await looker.read("contracts", looker.member.id)
        if row["ended_at"] is None
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
    offered = dict(await offered_things(looker, listed.type.item.thing or ""))
    counts = Counter(
        key
        for row in await own_things(looker, item.of or "", LISTED)
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
