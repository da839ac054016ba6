"""What names in expressions stand for, in one request to one world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from enscene.kernel.clock import format_time, local_day, parse_day, parse_time, window_key
from enscene.kernel.money import format_money, parse_money
from enscene.simulator._expressions import Absent, portion, reading
from enscene.simulator._parties import Parties
from enscene.simulator.book import Book, type_of
from enscene.simulator.request import Done, Request
from enscene.simulator.world import Thing, World


class Names:
    """`input`, `options`, `now`, accounts, counters, things and the outputs of steps."""

    def __init__(self, book: Book, world: World, request: Request, now: datetime) -> None:
        self.book = book
        self.world = world
        self.request = request
        self.now = now
        self.action = book.actions[request.action]
        self.given = dict(request.given)
        self.outputs: dict[str, Any] = {}
        self.aliases: dict[str, Thing | None] = {}
        self.parties = Parties(book, world, request, self.aliases)

    def ask(self, source: str) -> Any:
        """The value of an expression here. Raises: Absent."""
        return reading(source, self.book.currency, self.book.zone)(self.look)

    def look(self, name: str) -> Any:
        """A root of expressions."""
        book = self.book
        if name in self.outputs:
            return self.outputs[name]
        if name in self.aliases:
            thing = self.aliases[name]
            return {} if thing is None else self.record(self._type_of(name), thing)
        if name == "input":
            fields = book.input_of(self.request.action)
            return {key: self.value(fields[key], raw) for key, raw in self.given.items()}
        if name == "options":
            return book.options
        if name == "now":
            return self.now
        if name == "today":
            return local_day(self.now, book.zone)
        if name == "actor":
            return {"role": self.request.role, "party": self.request.party or self.request.role}
        if name == "parties":
            return self.parties
        if name in book.accounts:
            return self.purse(name)
        if name in book.counters:
            return {"value": self.world.counts.get(self.counter(name), 0)}
        raise Absent(name)

    def _type_of(self, alias: str) -> str:
        read = self.action.get("read", {}).get(alias)
        return str(read["thing"]) if read else alias

    def purse(self, name: str) -> dict[str, int]:
        """An account as expressions see it."""
        key = (name, self.owner(name))
        posted, held = self.world.posted.get(key, 0), self.world.held.get(key, 0)
        return {"balance": posted, "held": held, "available": posted - held}

    def record(self, thing: str, found: Thing) -> dict[str, Any]:
        """A thing as expressions see it."""
        fields = self.book.fields[thing]
        values = {name: self.value(fields[name], raw) for name, raw in found.fields.items()}
        return {**values, "state": found.state}

    def value(self, field: Mapping[str, Any], raw: Any) -> Any:
        """A JSON value as expressions see it."""
        kind, inside = type_of(field)
        if raw is None:
            return None
        if kind == "money":
            return parse_money(raw, self.book.currency)
        if kind == "date":
            return parse_day(raw)
        if kind == "time":
            return parse_time(raw)
        if kind == "portion":
            return portion(raw)
        if kind == "list":
            return [self.value({"type": inside}, item) for item in raw]
        return raw

    def shown(self, value: Any, kind: str) -> Any:
        """A value as the API shows it."""
        if kind == "money":
            return format_money(value, self.book.currency)
        if isinstance(value, datetime):
            return format_time(value)
        return value.isoformat() if isinstance(value, date) else value

    def owner(self, account: str) -> str:
        """Whose account is meant."""
        return self.parties.of(self.book.accounts[account]["of"])

    def counter(self, name: str) -> tuple[str, str, str]:
        """The counter of the one who is meant, in the window of now."""
        said = self.book.counters[name]
        span = window_key(self.now, self.book.zone, said["per"])
        return (name, self.parties.of(said["of"]), span)


class Aftermath(Names):
    """What triggers see of a request that was done."""

    def __init__(
        self, book: Book, world: World, request: Request, done: Done, now: datetime
    ) -> None:
        super().__init__(book, world, request, now)
        if done.thing is not None and done.key is not None:
            self.aliases[done.thing] = world.things[done.thing, done.key]
        self.outputs["answer"] = done.answer
