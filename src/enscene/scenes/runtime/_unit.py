"""One call of an action as a commit unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from enscene.blocks import Frame
from enscene.commit import Cell, Once, Report, View
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Refused
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import format_money
from enscene.ledger import CAPTURE, POST
from enscene.scenes.runtime._action import ActionPlan
from enscene.scenes.runtime._meters import SYSTEM
from enscene.scenes.runtime._record import show_plain, show_value
from enscene.shelf import Contract, Opening
from enscene.shelf.contracts import BookSet, shown_step, terms_of_applied
from enscene.shelf.lives import Step

_encode = msgspec.json.Encoder().encode

OPEN_STATES = frozenset({"sandbox", "pilot", "live"})


class Resolved:
    """What was found for a call before it is planned: who is meant, and which accounts.

    `parties` are ids by role, `refs` their references (as an object with attributes), `accounts`
    ids by token. `on` is the record of the acted-on thing as last seen, `cells` what its lineage
    names: accounts, holds and counters. `books` are those of the products that the action lends by,
    `customers` what is known of those it lends to, `agreed` what may be lent to one of them.
    """

    __slots__ = (
        "accounts", "actor", "agreed", "books", "cells", "customers", "on", "parties", "refs",
        "version",
    )  # fmt: skip

    def __init__(
        self,
        version: int,
        actor: Any,
        parties: dict[str, int],
        refs: Any,
        accounts: dict[str, int],
        on: Any,
        cells: list[Cell],
    ) -> None:
        self.version = version
        self.actor = actor
        self.parties = parties
        self.refs = refs
        self.accounts = accounts
        self.on = on
        self.cells = cells
        self.books: dict[str, BookSet] = {}
        self.customers: dict[int, dict[str, Any]] = {}
        self.agreed: Opening | None = None


class GroupUnit:
    """Several calls that are done together or not at all."""

    timed = True  # one judgement, under the lock, tells which line stands in the way

    def __init__(self, lines: Sequence[ActionUnit], once: Once | None) -> None:
        self.tenant = lines[0].tenant
        self.lines = lines
        self.once = once

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [cell for line in self.lines for cell in line.cells(now, exact=exact)]

    def plan(self, view: View) -> None:
        raise AssertionError("its lines are planned")

    def report(self, seq: int, at: datetime) -> Report:
        raise AssertionError("its lines report")


class ActionUnit:
    """A resolved call. Planned again on a fresh frame whenever it is judged again."""

    lines: Sequence[ActionUnit] = ()

    __slots__ = (
        "_app", "_frame", "_grant", "_plan", "_resolved", "_scene", "_state", "_terms", "extras", "input", "on_key", "once",
        "tenant", "timed", "zone",
    )  # fmt: skip

    def __init__(
        self,
        plan: ActionPlan,
        resolved: Resolved,
        *,
        tenant: int,
        scene: int,
        zone: str,
        state: str,
        terms: int,
        input_record: Any,
        on_key: str | None,
        once: Once | None,
        grant: int | None = None,
        app: str = "",
    ) -> None:
        self.tenant = tenant
        self.once = once
        self._grant = grant
        self._app = app
        self.timed = plan.timed
        self.input = input_record
        self.on_key = on_key
        self.zone = zone
        self._plan = plan
        self._resolved = resolved
        self._scene = scene
        self._state = state
        self._terms = terms
        self.extras: dict[str, Any] = {}
        self._frame = self._new_frame()

    def _new_frame(self) -> Frame:
        frame = Frame()
        frame.tenant = self.tenant
        frame.scene = self._scene
        frame.zone = self.zone
        frame.parties = self._resolved.parties
        frame.accounts = self._resolved.accounts
        frame.actor = self._resolved.actor
        frame.books = self._resolved.books
        frame.customers = self._resolved.customers
        frame.agreed = self._resolved.agreed
        self._plan.set_up(frame, self.input, self._resolved.refs, self._resolved.actor)
        return frame

    def _unused_frame(self) -> Frame:
        if self._frame.view is not None:
            self._frame = self._new_frame()  # planned before: begin anew
        return self._frame

    @property
    def _finishes(self) -> bool:
        """What an action set off just before a pause is still owed: a claim, a case."""
        return self._state == "suspended" and self._resolved.actor.role == "trigger"

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        plan, frame, tenant = self._plan, self._unused_frame(), self.tenant
        plan.set_time(frame, now)
        cells: list[Cell] = [("scene", (tenant, self._scene))]
        cells += [("ledger", (tenant, account)) for account in frame.accounts.values()]
        if self._grant is not None:
            cells.append(("grant", (tenant, self._grant)))
        cells += self._resolved.cells
        for product, (_, role) in plan.workshop.lends.items():
            cells.append(("contract", (tenant, frame.parties[role], product)))
        if plan.workshop.counters:
            cells += plan.counter_cells(frame)
        if plan.read_keys or plan.workshop.more_cells:
            plan.guess_on(frame, self._resolved.on)
            cells += plan.read_cells(frame)
        if self.on_key is not None:
            assert plan.model.on is not None
            cells.append(("thing", plan.key_of(frame, plan.model.on.thing, self.on_key)))
        if exact and plan.model.creates is not None:
            key = self._created_key()
            if key is not None:
                cells.append(("thing", plan.key_of(frame, plan.model.creates.thing, key)))
        return cells

    def _created_key(self) -> str | None:
        creation = self._plan.model.creates
        assert creation is not None
        field = self._plan.pack.things[creation.thing].key
        source = creation.fields[field].source
        if source.startswith("input."):
            value = getattr(self.input, source.removeprefix("input."), None)
            return None if value is None else str(value)
        return str(creation_key(self._plan, field, self._frame))

    def plan(self, view: View) -> None:
        works = view.works
        gate = works["scene"]
        gate.pass_through((self.tenant, self._scene), self._resolved.version)
        if self._grant is not None:
            works["grant"].pass_through((self.tenant, self._grant))
        if self._state not in OPEN_STATES and not self._finishes:
            raise Refused(
                f"the scene is {self._state}", code="scene.not_open", facts={"state": self._state}
            )
        frame = self._unused_frame()
        frame.view = view
        frame.exact = view.exact
        frame.unit = view.index
        frame.book = works["ledger"]
        frame.tally = works["counter"]
        frame.vault = works["thing"]
        self._plan.set_time(frame, view.now(self.tenant))
        self._plan.plan(frame, self.on_key, self._terms)
        self._add_work(frame, works)
        self._read_meters(frame, works.get("meter"))
        # Here and not in `report`: where this fails, only this unit may fail.
        self.extras = self.answer_values()

    def _add_work(self, frame: Frame, works: dict[str, Any]) -> None:
        thing, key = self._subject()
        for case in frame.cases:
            works["case"].add(
                frame.unit, self.tenant, new_uuid(), self._scene, case["reason"], case["party"],
                thing, key,
            )  # fmt: skip
        for contract in frame.contracts:
            works["contract"].open(
                frame.unit,
                Contract(
                    self.tenant, new_uuid(), self._scene, contract["product"],
                    contract["customer"], contract["amount"], self._plan.pack.currency,
                    contract["about"], terms=terms_of_applied(contract["product"]),
                ),
            )  # fmt: skip

    def _read_meters(self, frame: Frame, sheet: Any) -> None:
        if sheet is None:
            return
        actor = self._resolved.actor
        # What the system does by itself is no call; what a pack counts is counted all the same.
        called = self._app != "" and actor.role not in SYSTEM
        read = self._plan.meters.read(frame, called=called)
        if read is not None:
            sheet.add(
                frame.unit, self.tenant, self._app, self._plan.name, self._scene, actor.party, *read
            )

    def moved_for(self, owner: int) -> int:
        """What the plan brings the accounts of a party, minor units, less what it takes."""
        return sum(
            amount * ((cr.owner == owner) - (dr.owner == owner))
            for _, dr, cr, amount, _, _, kind, *_ in self._frame.book.rows
            if kind in (POST, CAPTURE)
        )

    def _subject(self) -> tuple[str | None, str | None]:
        model = self._plan.model
        if model.creates is not None:
            kind = self._plan.pack.things[model.creates.thing]
            record = self._frame.things.get(kind.name)
            return kind.name, getattr(record, kind.key, None)
        if model.on is not None:
            return model.on.thing, self.on_key
        return None, None

    def answer_values(self) -> dict[str, Any]:
        """The extras that the pack declares, as the API gives them."""
        plan, frame = self._plan, self._frame
        shown = {}
        for name, value, kind in plan.answers:
            found = value(frame)
            if kind == "money":
                found = format_money(found, plan.pack.currency)
            shown[name] = show_plain(found)
        return shown

    def report(self, seq: int, at: datetime) -> Report:
        plan, frame = self._plan, self._frame
        model, currency = plan.model, plan.pack.currency
        extras = self.extras
        answer: dict[str, Any] = {"seq": seq, "at": format_time(at)}
        thing, key = self._subject()
        facts: dict[str, Any] = {
            "input": {
                name: show_value(getattr(self.input, name), field.type, currency)
                for name, field in model.input.items()
                if not field.hidden and getattr(self.input, name, None) is not None
            },
            "parties": vars(self._resolved.refs),
        }
        if self._grant is not None:
            facts["grant"] = self._grant
        if thing is not None:
            record = frame.things[thing]
            facts["thing"] = {
                "type": thing,
                "key": key,
                "state": record.state,
                "fields": plan.things[thing].show(record, for_log=True),
            }
            answer[thing] = key
            answer["state"] = record.state
        if frame.moved:
            moved = {flow: format_money(amount, currency) for flow, amount, _ in frame.moved}
            answer["moved"] = moved
            facts["moved"] = [
                {"flow": flow, "minor": amount, "how": how} for flow, amount, how in frame.moved
            ]
        if frame.notices:
            facts["notices"] = frame.notices
        if frame.ratings:
            facts["ratings"] = frame.ratings
        if frame.cases:
            facts["cases"] = len(frame.cases)
            answer["cases"] = len(frame.cases)
        opened = [contract["product"] for contract in frame.contracts]
        opened += [each.product for each, steps in frame.lent if _is_new(each, steps)]
        if opened:
            facts["contracts"] = opened
        if frame.lent:
            lent = [
                {"contract": str(each.id), "product": each.product, "state": each.state,
                 "steps": [shown_step(step) for step in steps]}
                for each, steps in frame.lent
            ]  # fmt: skip
            facts["lent"] = lent
            answer["lent"] = lent
        if extras:
            facts["answer"] = extras
            answer.update(extras)
        subject = f"{thing}:{key}" if thing else f"party:{self._resolved.actor.party}"
        actor = f"{self._resolved.actor.role}:{self._resolved.actor.party}"
        # The records that expressions look at hold the frame: without this only the collector of
        # cycles would free it. Judged anew, the unit begins with another frame.
        frame.roots.clear()
        return Report(
            self._scene,
            model.name,
            subject,
            actor,
            _encode(facts).decode(),
            _encode(answer).decode(),
        )


def _is_new(contract: Contract, steps: list[Step]) -> bool:
    """Whether these steps are the first of a contract."""
    return bool(contract.lines) and contract.lines[0].n == 0 and contract.lines[0].step in steps


def creation_key(plan: ActionPlan, field: str, frame: Frame) -> Any:
    """The key of the thing to be created, from its expression on what is known beforehand."""
    assert plan.model.creates is not None
    compiled = plan.model.creates.fields[field].compiled
    assert compiled is not None
    return compiled.function(*frame.roots)


__all__ = ["ActionUnit", "GroupUnit", "Resolved"]
