"""What an action must give: the meaning of the scene language, written a second time.

`judge` says what the product must answer to a request in a given world, and makes its changes
there. It works one request at a time, on dictionaries, with none of the product's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from enscene.kernel.money import format_money
from enscene.simulator._expressions import Absent, portion, share_of
from enscene.simulator.book import Book, as_list, role_of, step_of, type_of
from enscene.simulator.names import Names
from enscene.simulator.request import CONFLICT, NOT_FOUND, REFUSED, Done, Request, Said
from enscene.simulator.timing import next_timer
from enscene.simulator.world import Thing, World

_PATH = re.compile(r"([a-z_][a-z0-9_]*)(?:\.([a-z_][a-z0-9_]*))?")
Leg = tuple[str, str, str, str, int, bool]


def judge(book: Book, world: World, request: Request, now: datetime) -> Done:
    """What the request must give at that time; the world is changed as it must change.

    Raises: Said, and then the world is as before.
    """
    mark = world.mark()
    try:
        return Judgement(book, world, request, now).done()
    except BaseException:
        world.back(mark)
        raise


def verdict(book: Book, world: World, request: Request, now: datetime) -> Said | Done:
    """The same, leaving the world as it is."""
    mark = world.mark()
    try:
        return Judgement(book, world, request, now).done()
    except Said as said:
        return said
    finally:
        world.back(mark)


class Judgement(Names):
    """One request, judged in one world."""

    def __init__(self, book: Book, world: World, request: Request, now: datetime) -> None:
        super().__init__(book, world, request, now)
        self.moved: dict[str, int] = {}
        self.legs: dict[str, list[Leg]] = {}
        self.counted: dict[str, tuple[str, str]] = {}
        self.on = self._find_on()

    def _find_on(self) -> tuple[str, str, Thing, list[str]] | None:
        on = self.book.on(self.request.action)
        if on is None:
            return None
        thing, states = on
        key = self.given[self.book.things[thing]["key"]]
        found = self.world.things.get((thing, key))
        if found is None:
            raise Said(NOT_FOUND, "thing.not_found")
        self.aliases[thing] = found
        return thing, key, found, states

    # -- judging ---------------------------------------------------------------------------

    def done(self) -> Done:
        self.parties.check()
        for name, said in self.book.input_of(self.request.action).items():
            role = role_of(name, said)
            if name not in self.given and role is not None and self.parties.knows(role):
                self.given[name] = self.parties.of(role)
        if self.on is not None and self.on[2].state not in self.on[3]:
            raise Said(CONFLICT, "thing.wrong_state")
        self._read_others()
        for guard in self.action.get("when", ()):
            self._guard(guard)
        for step in self.action.get("do", ()):
            if "if" not in step or self.ask(step["if"]):
                self._step(step)
        result = Done(
            moved={
                flow: format_money(sum_, self.book.currency) for flow, sum_ in self.moved.items()
            }
        )
        self._change(result)
        self._create(result)
        for name, source in self.action.get("answer", {}).items():
            result.answer[name] = self._shown_answer(source)
        return result

    def _shown_answer(self, source: str) -> Any:
        value = self.ask(source)
        counts = isinstance(value, int) and not isinstance(value, bool)
        return self.shown(value, "money" if counts and self._is_money(source) else "")

    def _is_money(self, source: str) -> bool:
        """Whether an expression with a whole number as its value is about money: money goes in."""
        return any(self._names_money(root, member) for root, member in _PATH.findall(source))

    def _names_money(self, root: str, member: str) -> bool:
        if root in ("money", "portion_of"):
            return True
        if root in self.outputs or (root in self.book.accounts and member):
            return True
        fields: Mapping[str, Any] = {}
        if root in self.aliases:
            fields = self.book.fields[self._type_of(root)]
        elif root == "input":
            fields = self.book.input_of(self.request.action)
        return member in fields and type_of(fields[member])[0] == "money"

    def _read_others(self) -> None:
        for alias, read in self.action.get("read", {}).items():
            try:
                found = self.world.things.get((read["thing"], self.ask(read["key"])))
            except Absent:
                found = None
            if found is None and read.get("optional") != "true":
                raise Said(REFUSED, f"thing.no_{read['thing']}")
            self.aliases[alias] = found

    def _guard(self, guard: Any) -> None:
        that = guard if isinstance(guard, str) else guard["that"]
        try:
            holds = bool(self.ask(that))
        except Absent:
            holds = False
        if not holds:
            code = "guard" if isinstance(guard, str) else guard.get("else", "guard")
            raise Said(REFUSED, f"scene.{code}")

    def _step(self, step: Mapping[str, Any]) -> None:
        block, given = step_of(step)
        work = getattr(self, f"_do_{block}", None)
        output = work(given) if work is not None else None
        if "as" in step:
            self.outputs[step["as"]] = output

    def _do_quote(self, given: Mapping[str, Any]) -> int:
        if "price" in given:
            price: int = self.ask(given["price"])
            return price
        total = 0
        for key in self.ask(given["over"]):
            found = self.world.things.get((given["thing"], key))
            if found is None:
                raise Said(NOT_FOUND, "thing.not_found")
            total += self.record(given["thing"], found)[given["field"]]
        return total

    def _do_identify(self, given: Mapping[str, Any]) -> None:
        if self.ask(given["confidence"]) < self.ask(given["at_least"]):
            raise Said(REFUSED, f"scene.{given['else']}")

    def _do_limit(self, given: Mapping[str, Any]) -> None:
        key = self.counter(given["counter"])
        amount = self.ask(given["add"])
        if self.world.counts.get(key, 0) + amount > self.ask(given["max"]):
            raise Said(REFUSED, f"scene.{given.get('else', 'limit_exceeded')}")
        self.world.add(self.world.counts, key, amount)
        self.counted[key[0]] = (key[1], key[2])

    def _do_balance(self, given: Mapping[str, Any]) -> dict[str, int]:
        return self.purse(given["account"])

    def _do_move(self, given: Mapping[str, Any]) -> int:
        return self._pay(given["flow"], held=False)

    def _do_hold(self, given: Mapping[str, Any]) -> int:
        return self._pay(given["flow"], held=True)

    def _do_claim(self, given: Mapping[str, Any]) -> int:
        if self.on is not None and given["flow"] in self.on[2].paid:
            raise Said(CONFLICT, "claim.paid_before")
        return self._pay(given["flow"], held=False)

    def _do_capture(self, given: Mapping[str, Any]) -> int:
        legs = self._legs_of(given["flow"], held=True, code="scene.nothing_held")
        for account, party, to, to_party, amount, _ in legs:
            self.world.add(self.world.held, (account, party), -amount)
            self.world.add(self.world.posted, (account, party), -amount)
            self.world.add(self.world.posted, (to, to_party), amount)
        self.legs[given["flow"]] = [(*leg[:5], False) for leg in legs]
        self.moved[given["flow"]] = total = sum(leg[4] for leg in legs)
        return total

    def _do_void(self, given: Mapping[str, Any]) -> int:
        legs = self._legs_of(given["flow"], held=True, code="scene.nothing_held")
        for account, party, _, _, amount, _ in legs:
            self.world.add(self.world.held, (account, party), -amount)
        self.legs[given["flow"]] = []
        self.moved[given["flow"]] = total = sum(leg[4] for leg in legs)
        return total

    def _do_reverse(self, given: Mapping[str, Any]) -> int:
        flow = given["flow"]
        legs = self._legs_of(flow, held=False, code="scene.nothing_to_reverse")
        whole = sum(leg[4] for leg in legs)
        total = self.ask(given["amount"]) if "amount" in given else whole
        left: list[Leg] = []
        gone = 0
        for n, (account, party, to, to_party, amount, held) in enumerate(legs, 1):
            source = (to, to_party)
            if to == given.get("keep") and "borne_by" in given:
                source = (given["borne_by"], self.owner(given["borne_by"]))
            # Each leg its share, rounded half-even; the last one what is left.
            back = total - gone if n == len(legs) else round(Fraction(total * amount, whole))
            gone += back
            self._take(*source, back)
            self.world.add(self.world.posted, (account, party), back)
            if back < amount:
                left.append((account, party, to, to_party, amount - back, held))
        self.legs[flow] = left
        self.moved[flow] = total
        counter = given.get("counter")
        assert self.on is not None, "what is reversed belongs to a thing"
        if counter is not None and counter in self.on[2].counted:
            is_money = self.book.counters[counter]["sum"] == "money"
            key = (counter, *self.on[2].counted[counter])
            self.world.add(self.world.counts, key, -(total if is_money else 1))
        return total

    # -- lending: principal alone; the days between are the shelf's ----------------------------

    def _do_lend(self, given: Mapping[str, Any]) -> int:
        product, party = given["product"], self.parties.of(given["who"])
        amount, about = self.ask(given["amount"]), self.ask(given["ref"])
        if product in self.book.lines:
            limit = self.world.lines.get((product, party))
            if limit is None:
                raise Said(REFUSED, "lend.no_line")
            if self._owed(product, party, "") + amount > limit:
                raise Said(REFUSED, "shelf.over_limit")
        if (product, party, about) in self.world.lent:
            raise Said(CONFLICT, "lend.lent_before")
        if product not in self.book.lines:
            if self.request.agreed is None:
                raise Said(REFUSED, "lend.not_agreed")
            if self.request.agreed != amount:
                raise Said(CONFLICT, "lend.other_terms")
        self.world.add(self.world.lent, (product, party, about), amount)
        self.world.add(self.world.posted, (given["into"], self.owner(given["into"])), amount)
        total: int = amount
        return total

    def _do_owed(self, given: Mapping[str, Any]) -> int:
        about = self.ask(given["ref"]) if "ref" in given else ""
        return self._owed(given["product"], self.parties.of(given["who"]), about)

    def _do_repay(self, given: Mapping[str, Any]) -> int:
        return self._lower(given, "shelf.more_than_owed")

    def _do_give_back(self, given: Mapping[str, Any]) -> int:
        return self._lower(given, "shelf.more_than_owed") if self.ask(given["amount"]) else 0

    def _lower(self, given: Mapping[str, Any], code: str) -> int:
        product, party = given["product"], self.parties.of(given["who"])
        amount: int = self.ask(given["amount"])
        about = self.ask(given["ref"]) if "ref" in given else ""
        if not any(key[:2] == (product, party) for key in self.world.lent):
            raise Said(REFUSED, "lend.nothing_owed")
        if amount > self._owed(product, party, about):
            raise Said(REFUSED, code)
        self._take(given["from"], self.owner(given["from"]), amount)
        left = amount
        for key in sorted(self.world.lent):
            if key[:2] == (product, party) and about in ("", key[2]):
                part = min(left, self.world.lent[key])
                self.world.add(self.world.lent, key, -part)
                left -= part
        return amount

    def _owed(self, product: str, party: str, about: str) -> int:
        return sum(
            amount
            for (name, who, what), amount in self.world.lent.items()
            if (name, who) == (product, party) and about in ("", what)
        )

    def _legs_of(self, flow: str, *, held: bool, code: str) -> list[Leg]:
        assert self.on is not None, "what was paid belongs to a thing"
        legs = [leg for leg in self.on[2].paid.get(flow, []) if leg[5] == held]
        if not legs:
            raise Said(REFUSED, code)
        return legs

    # -- money -----------------------------------------------------------------------------

    def _pay(self, flow: str, *, held: bool) -> int:
        said = self.book.flows[flow]
        whole: int = self.ask(said["send"])
        legs: list[Leg] = []
        if whole:
            given = self._gather(said, whole)
            for (account, party), (to, to_party), amount in _match(
                given, self._spread(said, whole)
            ):
                if held:
                    self._check_left(account, party, amount)
                    self.world.add(self.world.held, (account, party), amount)
                else:
                    self._take(account, party, amount)
                    self.world.add(self.world.posted, (to, to_party), amount)
                legs.append((account, party, to, to_party, amount, held))
        self.legs[flow] = legs
        self.moved[flow] = sum(leg[4] for leg in legs)
        return self.moved[flow]

    def _gather(self, said: Mapping[str, Any], whole: int) -> list[tuple[tuple[str, str], int]]:
        left, given = whole, []
        for source in as_list(said["from"]):
            source = source if isinstance(source, dict) else {"account": source, "rest": "true"}
            if left == 0 or ("if" in source and not self.ask(source["if"])):
                continue
            account = source["account"]
            party = self.ask(source["of"]) if "of" in source else self.owner(account)
            part = left
            if source.get("rest") != "true":
                most = left if "max" not in source else min(left, self.ask(source["max"]))
                part = max(0, min(most, self._left(account, party)))
            if part:
                release = said.get("release", {}).get(account)
                if release is not None and not self.ask(release):
                    raise Said(REFUSED, "flow.not_released")
                given.append(((account, party), part))
                left -= part
        if left:
            raise Said(REFUSED, "ledger.insufficient_funds")
        return given

    def _spread(self, said: Mapping[str, Any], whole: int) -> list[tuple[tuple[str, str], int]]:
        left, wanted = whole, []
        rest: tuple[str, str] | None = None
        for target in as_list(said["to"]):
            target = target if isinstance(target, dict) else {"account": target, "rest": "true"}
            account = target["account"]
            party = self.ask(target["of"]) if "of" in target else self.owner(account)
            if "portion" in target:
                part = share_of(whole, self._portion(target["portion"]))
            elif "amount" in target:
                part = self.ask(target["amount"])
            else:
                rest = (account, party)
                continue
            if part:
                wanted.append(((account, party), part))
            left -= part
        if left and rest is not None:
            wanted.append((rest, left))
        return wanted

    def _portion(self, said: str) -> Fraction:
        if said.endswith("%") or said[0].isdigit():
            return portion(said)
        share: Fraction = self.ask(said)
        return share

    def _left(self, account: str, party: str) -> int:
        key = (account, party)
        floor = self.book.floor(account)
        free = self.world.posted.get(key, 0) - self.world.held.get(key, 0)
        return 10**15 if floor is None else free - floor

    def _check_left(self, account: str, party: str, amount: int) -> None:
        if self._left(account, party) < amount:
            raise Said(REFUSED, "ledger.insufficient_funds")

    def _take(self, account: str, party: str, amount: int) -> None:
        self._check_left(account, party, amount)
        self.world.add(self.world.posted, (account, party), -amount)

    # -- things ----------------------------------------------------------------------------

    def _change(self, result: Done) -> None:
        if self.on is None:
            return
        thing, key, old, _ = self.on
        fields = dict(old.fields)
        kinds = self.book.fields[thing]
        for name, source in self.action.get("set", {}).items():
            fields[name] = self.shown(self.ask(source), type_of(kinds[name])[0])
        to = self.action.get("to", {}).get(thing)
        due, timer = old.due, old.timer
        if to is not None:
            due, timer = next_timer(self.book, thing, to, fields, self.now)
        elif self.request.role == "clock":
            due = timer = None  # done, and the thing is as it was: not again
        new = Thing(
            to or old.state, fields, {**old.paid, **self.legs}, {**old.counted, **self.counted},
            due, timer,
        )  # fmt: skip
        if self.action.get("creates"):
            new.paid, new.counted = old.paid, old.counted
        self.world.put(thing, key, new)
        self.aliases[thing] = new
        result.thing, result.key, result.state, result.fields = thing, key, new.state, fields

    def _create(self, result: Done) -> None:
        said = self.action.get("creates")
        if said is None:
            return
        if isinstance(said, str):
            thing, _, state = said.partition(".")
            given: Mapping[str, str] = {}
        else:
            thing, state, given = said["thing"], said["state"], said.get("set", {})
        fields = {}
        for name, kind in self.book.fields[thing].items():
            value = self._field(name, kind, given)
            if value is not None:
                fields[name] = self.shown(value, type_of(kind)[0])
                if type_of(kind)[0] == "list":
                    fields[name] = list(value)
        key = fields[self.book.things[thing]["key"]]
        if (thing, key) in self.world.things:
            raise Said(CONFLICT, "thing.exists")
        due, timer = next_timer(self.book, thing, state, fields, self.now)
        new = Thing(state, fields, self.legs, self.counted, due, timer)
        self.world.put(thing, key, new)
        self.aliases[thing] = new
        result.thing, result.key, result.state, result.fields = thing, key, state, fields

    def _field(self, name: str, kind: Mapping[str, Any], given: Mapping[str, str]) -> Any:
        role = role_of(name, kind)
        try:
            if name in given:
                return self.ask(given[name])
            if role == name and self.parties.knows(role):
                return self.parties.of(role)
            return self.ask(f"input.{name}")
        except Absent:
            return None


def _match(
    given: list[tuple[tuple[str, str], int]], wanted: list[tuple[tuple[str, str], int]]
) -> list[tuple[tuple[str, str], tuple[str, str], int]]:
    """Who pays whom, in the order in which both are written."""
    legs = []
    sources = iter(given)
    place, stock = next(sources)
    for target, part in wanted:
        while part:
            if not stock:
                place, stock = next(sources)
            step = min(part, stock)
            legs.append((place, target, step))
            stock -= step
            part -= step
    return legs
