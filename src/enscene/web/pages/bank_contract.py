"""One product in the mobile bank: how it stands, its papers, and the one key that closes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from enscene.commit import Once
from enscene.kernel.errors import EnsceneError, NotFound, Refused
from enscene.shelf import standard_shelf
from enscene.shelf.contracts import Held
from enscene.shelf.contracts.read_document import read_document
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console, new_secret
from enscene.web.interest_saved import saving_of
from enscene.web.my_scenes import card_of
from enscene.web.render import money
from enscene.web.scene_words import tell_fact

PLAN_SHOWN, HISTORY_SHOWN = 60, 50


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    one = "/bank/{tenant}/contracts/{contract}"
    return [
        Route(one, customer(console, show), methods=["GET"]),
        Route(f"{one}/close", customer(console, preview), methods=["GET"]),
        Route(f"{one}/close", customer(console, close), methods=["POST"]),
    ]


async def held_of(visit: BankVisit, *, closing: bool = False) -> Held:
    """The contract of the path, if it is the customer's own; with what closing it would move in its
    scene, if that is asked for. Raises: NotFound."""
    absent = NotFound("there is no such contract", code="contract.not_found")
    try:
        contract = UUID(visit.path("contract"))
    except ValueError:
        raise absent from None
    contracts = visit.console.host.contracts
    look = contracts.closing if closing else contracts.one
    held = await look(visit.tenant.id, contract)
    if held.customer_id != visit.customer:
        raise absent
    return held


async def show(visit: BankVisit) -> Response:
    """How it stands."""
    held = await held_of(visit)
    entries = await visit.console.host.contracts.entries(visit.tenant.id, held.id)
    product = standard_shelf().products.get(held.product)
    rates = [
        (visit.t.known(f"bank.rates_{name}") or name, f"{ppm / 10_000:.2f}%")
        for name, ppm in held.terms.get("rates", {}).items()
    ]
    if "annual_cost" in held.terms:
        rates.append((visit.t("apply.cost"), held.terms["annual_cost"]))
    return await visit.page(
        "bank_contract.html",
        card=card_of(held, visit.t),
        says=product.texts[visit.language].says if product else "",
        papers=_papers(visit, held),
        rates=rates,
        fact=await _fact(visit, held),
        plan=[_planned(item, held.currency) for item in held.told.get("plan", [])[:PLAN_SHOWN]],
        history=[_entry(row, held.currency) for row in entries[:HISTORY_SHOWN]],
    )  # fmt: skip


def _papers(visit: BankVisit, held: Held) -> list[tuple[str, str, bool]]:
    """(name, title, whether the text is another one since) of what was signed and has a text."""
    found = []
    for name in held.terms.get("documents", []):
        with suppress(NotFound):
            signed = read_document(held, name, visit.language)
            found.append((name, signed.text.title, bool(signed.changed)))
    return found


async def _fact(visit: BankVisit, held: Held) -> list[tuple[str, str]]:
    """What was verified in the scene when it was opened, in the scene's own words."""
    fields = (held.facts.get("fact") or {}).get("fields", {})
    words: Mapping[str, str] = {}
    if fields and held.scene is not None:
        scene = await visit.console.host.catalogue.scene(visit.tenant.id, held.scene)
        words = scene.pack.texts[visit.language]
    return tell_fact(fields, words, visit.t, held.currency)


def _planned(item: dict[str, Any], currency: str) -> tuple[str, str]:
    return item["due"], money(item["principal_minor"] + item["interest_minor"], currency)


def _entry(row: Any, currency: str) -> tuple[str, str, str]:
    # What was lent is told as it is owed: the fee comes off what is paid out, and is no part of it.
    total = row["principal"]
    if row["what"] != "drawn":
        total += row["interest"] + row["penalty"] + row["fee"]
    return row["day"].isoformat(), row["what"], money(total, currency) if total else ""


async def preview(visit: BankVisit) -> Response:
    """What closing it would mean, before it is done."""
    return await _closing(visit, await held_of(visit, closing=True))


async def _closing(visit: BankVisit, held: Held, status: int = 200) -> Response:
    closing, short = held.closing, 0
    if closing.pays:
        available = await visit.console.host.contracts.balance(
            visit.tenant.id, visit.customer, held.currency
        )
        short = max(0, closing.pays - available)
    return await visit.page(
        "bank_close.html",
        status,
        card=card_of(held, visit.t),
        pays=money(closing.pays, held.currency) if closing.pays else "",
        gets=money(closing.gets, held.currency) if closing.gets else "",
        short=money(short, held.currency) if short else "",
        saving=saving_of(held),
        loses=[
            (visit.t.known(f"loses.{what}") or visit.t("loses.other"),
             money(minor, held.currency) if minor else "")
            for what, minor in closing.loses
        ],
        blocked=visit.t.problem(closing.blocked, {}, closing.blocked) if closing.blocked else "",
        key=new_secret(),
    )  # fmt: skip


async def close(visit: BankVisit) -> Response:
    """Close it with one key, once for the form."""
    held = await held_of(visit)
    key = visit.form.get("key", "")[:40]
    once = Once.of("bank", f"contracts/{held.id}/close", key, request=str(held.id).encode())
    try:
        answer = await visit.console.host.contracts.close(
            visit.tenant.id, held.id, once=once, actor=f"customer:{visit.party}",
            customer=visit.customer,
        )  # fmt: skip
        if answer.refused:
            told = msgspec.json.decode(answer.body)
            raise Refused(str(told.get("detail", "")), code=str(told.get("code", "refused")))
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _closing(visit, await held_of(visit, closing=True), 422)
    return visit.go(f"/contracts/{held.id}")
