"""Decide on an application: eligibility, the fact, and for credit the policy; in one go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from enscene.engagement.applications import store
from enscene.engagement.applications.application import Application
from enscene.engagement.applications.know_customer import Known, credit_products, know_customer
from enscene.engagement.applications.managers import right_managers
from enscene.engagement.applications.needed_fields import SAID, missing_fields
from enscene.engagement.applications.quote import find_product, quote_of
from enscene.engagement.applications.read_application import read_application
from enscene.engagement.applications.verify_fact import Fact, fact_of_thing
from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Invalid, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import parse_money
from enscene.risk import (
    CHALLENGER,
    CHAMPION,
    CreditCase,
    CreditDecision,
    CreditFact,
    Outcome,
    decide_credit,
    read_policy,
)
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.shelf import LENDS, Product
from enscene.work import Need, list_tasks, make_task

Reasons = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found when the decision was made."""

    known: Known
    age: int | None
    fact: Fact | None
    broken: tuple[str, ...] = ()
    """The facts of the customer that speak against the product, by name."""

    @property
    def eligible(self) -> bool:
        return not self.broken


async def decide_application(
    connection: store.Connection,
    scene: RunningScene,
    member: Member,
    application: Application,
    channel: str,
    actor: str,
) -> Application:
    """The answer: approved, refused with its reasons, or referred to a person.

    The caller has locked the application. Raises: Conflict (its state), Refused (a field is
    missing).
    """
    application.need("begun")
    began = time.perf_counter()
    tenant = scene.tenant
    clock = await store.read_clock(connection, tenant)
    quote = quote_of(application.quote)
    if missing := missing_fields(quote.kind, application.fields):
        raise Refused(
            "something is not known yet",
            code="application.fields_missing",
            param=f"fields.{missing[0]}",
            facts={"fields": missing},
        )
    await store.lock_customer(connection, tenant, member.id)
    looked = await look_again(connection, scene, member, application, clock)
    outcome: str
    if quote.kind in LENDS:
        credit = await judge_credit(connection, tenant, application, looked, clock["now"], began)
        outcome, reasons = credit.outcome, [msgspec.to_builtins(r) for r in credit.reasons]
        reasons = _one_by_one(reasons, looked)
    else:
        outcome, reasons = _decide_plain(find_product(application.product), looked)
    now = clock["now"]
    ended = {"ended_at": now, "ended_in": channel} if outcome == "refused" else {}
    await store.update_application(
        connection, tenant, application.id, state=outcome, reasons=reasons, answered_at=now, **ended
    )
    await store.add_step(connection, tenant, application.id, "decided", channel, actor, now)
    if outcome == "refused":
        await store.free_fact(connection, tenant, application.id)
    if outcome == "referred" and not await _is_in_hand(connection, tenant, application):
        need = Need(amount=application.amount or 0, stuck=True)
        await make_task(
            connection, tenant, "refer", scene=scene.id, customer=member.id,
            reason=reasons[0]["code"], need=need, at=now, application=application.id,
            managers=await right_managers(connection, tenant, member.id, application.product),
        )  # fmt: skip
    return await read_application(connection, tenant, application.id)


async def _is_in_hand(connection: store.Connection, tenant: int, application: Application) -> bool:
    """Whether a manager has the case already, who can decide on it without another task."""
    taken = await list_tasks(connection, tenant, states=("taken",), application=application.id)
    return any(task.staff == application.staff for task in taken)


async def look_again(
    connection: store.Connection,
    scene: RunningScene,
    member: Member,
    application: Application,
    clock: Any,
) -> Looked:
    """The customer and the fact as they are now."""
    known = await know_customer(
        connection, scene.tenant, member.id, scene.id, clock["now"], application.id
    )
    age = known.age
    born = application.fields.get("born", {})
    if age is None and born.get("from") in SAID:
        age = _age(parse_day(born["value"]), local_day(clock["now"], clock["zone"]))
    fact: Fact | None = None
    if application.fact is not None:
        fact = msgspec.convert(application.fact, Fact)
        if fact.thing is not None and fact.key is not None:
            try:
                fact = await fact_of_thing(
                    connection, scene, member, fact.thing, fact.key, clock["now"]
                )
            except NotFound:
                fact = msgspec.structs.replace(fact, over=True)
    product = find_product(application.product)
    return Looked(known, age, fact, tuple(product.broken_for({**known.facts, "age": age})))


async def judge_credit(
    connection: store.Connection,
    tenant: int,
    application: Application,
    looked: Looked,
    now: Any,
    began: float,
) -> CreditDecision:
    """What the policy says, kept as the decision of the application; the fact is claimed for it.

    The caller has locked the customer; `began` is when it was asked, by `time.perf_counter()`.
    """
    used, alike = await _claim(connection, tenant, application, looked.fact)
    case = _case(application, looked, used=used, alike=alike)
    champion = decide_credit(read_policy(CHAMPION), case)
    challenger = decide_credit(read_policy(CHALLENGER), case)
    decision = new_uuid()
    took_us = round((time.perf_counter() - began) * 1e6)
    await store.insert_decision(
        connection, tenant, decision, application.id, application.customer, now, champion.policy,
        champion.outcome, _kept(champion, application), _shadow(challenger), took_us,
    )  # fmt: skip
    await store.update_application(connection, tenant, application.id, decision=decision)
    return champion


async def _claim(
    connection: store.Connection, tenant: int, application: Application, fact: Fact | None
) -> tuple[bool, bool]:
    """Whether the fact carries something else already, and whether another one is like it."""
    if fact is None:
        return False, False
    free = await store.claim_fact(
        connection, tenant, fact.name, fact.likeness, application.id, application.customer
    )
    if not free:
        return True, False
    if fact.key is not None and await store.has_contract_about(
        connection, tenant, application.scene, fact.key, credit_products()
    ):
        return True, False
    return False, await store.is_alike(connection, tenant, fact.likeness, fact.name)


def _case(application: Application, looked: Looked, *, used: bool, alike: bool) -> CreditCase:
    quote, fact, known = quote_of(application.quote), looked.fact, looked.known
    is_line = quote.kind == "credit_line"
    income = application.fields.get("income", {}).get("value")
    born = application.fields.get("born", {})
    borns = known.said.get("born", ()) if born.get("from") in SAID else ()
    return CreditCase(
        amount=application.amount or 0,
        months=application.months or 0,
        instalment=quote.monthly,
        burden=known.burden,
        owed=known.owed + known.promised,
        same_born=all(before == born["value"] for before in borns),
        income_before=min(known.said.get("income", ()), default=None),
        income=income,
        monthly_spend=known.facts.get("monthly_spend"),
        months_served=known.facts.get("months_served"),
        overdue_days=known.facts.get("overdue_days"),
        eligible=looked.eligible,
        fact=None
        if fact is None
        else CreditFact(None if is_line else fact.worth, over=fact.over, used=used, alike=alike),
        claims=_claims(application, fact),
        secured=(fact.worth or 0) if fact and find_product(application.product).secured else 0,
    )


def _claims(application: Application, fact: Fact | None) -> dict[str, tuple[str, str]]:
    """What the application said of the thing, beside what the scene has; amounts by their worth."""
    found = {}
    for name, field in application.fields.items():
        if not name.startswith("claim."):
            continue
        name = name.removeprefix("claim.")
        said, known = str(field["value"]), str((fact.fields if fact else {}).get(name, ""))
        found[name] = (_same_money(said, application.currency),
                       _same_money(known, application.currency))  # fmt: skip
    return found


def _same_money(text: str, currency: str) -> str:
    try:
        return str(parse_money(text, currency))
    except Invalid:
        return text


def _kept(decision: CreditDecision, application: Application) -> dict[str, Any]:
    record: dict[str, Any] = msgspec.to_builtins(decision)
    return record | {"data": application.data, "fact": application.fact}


def _shadow(decision: CreditDecision) -> dict[str, Any]:
    """What the challenger would have said: for comparing, it decides nothing."""
    return {
        "policy": decision.policy,
        "outcome": decision.outcome,
        "points": decision.score.points,
        "limit": decision.limit,
        "rules": [msgspec.to_builtins(r) for r in decision.rules if r.says != "approved"],
    }


def _decide_plain(product: Product, looked: Looked) -> tuple[Outcome, Reasons]:
    """What lends nothing needs an eligible customer, and a fact that goes on if there is one."""
    if not product.suits(looked.known.facts):
        return "refused", [{"code": "unsuitable", "facts": {}}]
    if not looked.eligible:
        return "refused", _one_by_one([{"code": "eligible", "facts": {}}], looked)
    if looked.fact is not None and looked.fact.over and looked.fact.thing is not None:
        return "refused", [{"code": "fact_goes_on", "facts": {}}]
    return "approved", [{"code": "approved", "facts": {}}]


def _one_by_one(reasons: Reasons, looked: Looked) -> Reasons:
    """Each condition that is not met by its own name, in place of one sentence for all."""
    told = []
    for reason in reasons:
        if reason["code"] == "eligible":
            told += [{"code": f"eligible_{name}", "facts": {}} for name in looked.broken]
        else:
            told.append(reason)
    return told


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
