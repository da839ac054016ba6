"""What a moment waits for, where it waits for more than one action: a pattern over the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import cast

from enscene.customers.spectrum import GENERAL
from enscene.kernel.clock import parse_duration
from enscene.kernel.documents import Map, Scalar
from enscene.kernel.expressions import BOOL, INT, MONEY, RECORD, Environment
from enscene.kernel.expressions import Type as Kernel
from enscene.kernel.said import say
from enscene.scenes.language._actions import need_read_names
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._grammar_patterns import PATTERNS
from enscene.scenes.language._scope import Scope, account_names, common_names
from enscene.scenes.language.model import NOTHING_CAME, Expression, Pattern, Type

TOLERANCE = "10m"
TIMES, STEPS, PLACES, METRES = (2, 50), (2, 5), (1, 500), (20, 50_000)
SPAN = (timedelta(minutes=1), timedelta(days=3_660))
CONSENT = "position"


def read_pattern(draft: Draft, node: Map, who: str) -> Pattern | None:
    """The pattern of a moment for a role; None, and a mistake, where it has none or several."""
    wanted = cast(Map, node.entries["pattern"])
    given = [name for name in PATTERNS if name in wanted.entries]
    if len(given) != 1:
        hint = say("write one of {names}", names=tuple(f"`{name}`" for name in PATTERNS))
        draft.bad(wanted.at, "one_pattern", say("a moment has one pattern"), wanted, hint)
        return None
    return _Reader(draft, node, wanted, given[0], who).read()


class _Reader:
    def __init__(self, draft: Draft, node: Map, wanted: Map, name: str, who: str) -> None:
        self.draft, self.node, self.wanted = draft, node, wanted
        self.name, self.who = name, who
        held = wanted.entries[name]
        self.held = held if isinstance(held, Map) else wanted
        self.names: dict[str, Environment] = {}

    def read(self) -> Pattern:
        name, held = self.name, self.held
        first = {"after": "after", "sequence": "steps", "absent": "after"}.get(name, "of")
        of = self.kinds(held, first) if name != "enters" else ()
        without = self.kinds(held, "without") if name == "absent" else ()
        speaking = {"sequence": of[-1:], "absent": (), "enters": ()}.get(name, of)
        within = self.span("span" if name == "absent" else "within")
        below, above = self.bounds(of)
        return Pattern(
            name=name, of=of, without=without, within=within,
            at_least=self.whole("at_least", TIMES) if name == "count" else 0,
            only=self.each("only", of, (BOOL,)),
            field=self.each("field", of, (MONEY, INT)),
            reaches=self.amount("reaches", of) or 0, below=below, above=above,
            places=self.places(),
            metres=self.whole("metres", METRES) if name == "enters" else 0,
            conditions=self.conditions(speaking),
            tolerance=parse_duration(self.wanted.text("tolerance", TOLERANCE)),
            names=self.names,
        )  # fmt: skip

    def kinds(self, node: Map, key: str) -> tuple[str, ...]:
        """Actions that the role takes part in; each stands in the log."""
        draft, found = self.draft, []
        for item in node.seq(key):
            if not isinstance(item, Scalar):
                continue
            action = draft.actions.get(item.text)
            if action is None:
                if item.text not in draft.dropped:
                    draft.mistakes.unknown(item.at, "action", item.text, draft.actions, item.path)
                continue
            if action.query:
                message = say(
                    "`{action}` only reads: nothing is known of it afterwards", action=action.name
                )
                draft.bad(item.at, "not_logged", message, node)
            if self.who:
                draft.needs[action.name].roles.setdefault(self.who, item.at)
            found.append(action.name)
        if self.name == "sequence":
            self.counted(node, key, len(node.seq(key)), STEPS)
        elif not node.seq(key):
            self.counted(node, key, 0, (1, 20))
        return tuple(found)

    def counted(self, node: Map, key: str, number: int, bounds: tuple[int, int]) -> None:
        least, most = bounds
        if not least <= number <= most:
            message = say("`{key}` has {least} to {most} entries", key=key, least=least, most=most)
            self.draft.bad(node.where(key), "wrong_count", message, node)

    def whole(self, key: str, bounds: tuple[int, int]) -> int:
        what = say("`{key}`", key=key)
        value = self.draft.constant(self.held.get(key), Type("int"), what)
        if not isinstance(value, int):
            return bounds[0]
        if not bounds[0] <= value <= bounds[1]:
            message = say(
                "`{key}` is from {least} to {most}", key=key, least=bounds[0], most=bounds[1]
            )
            self.draft.bad(self.held.where(key), "out_of_bounds", message, self.held)
        return value

    def span(self, key: str) -> timedelta:
        if key not in self.held.entries:
            return timedelta(0)
        value = self.draft.span(self.held.get(key), say("`{key}`", key=key))
        if value is not None and not SPAN[0] <= value <= SPAN[1]:
            message = say("`{key}` is from a minute to ten years", key=key)
            self.draft.bad(self.held.where(key), "out_of_bounds", message, self.held)
        return value or SPAN[0]

    def bounds(self, of: tuple[str, ...]) -> tuple[int | None, int | None]:
        if self.name != "crosses":
            return None, None
        if ("below" in self.held.entries) == ("above" in self.held.entries):
            message = say("an amount crosses one bound")
            hint = say("write `below:` or `above:`")
            self.draft.bad(self.held.at, "one_bound", message, self.held, hint)
        return self.amount("below", of), self.amount("above", of)

    def amount(self, key: str, of: tuple[str, ...]) -> int | None:
        """In minor units, or a whole number, as the field is."""
        if key not in self.held.entries:
            return None
        field = self.each("field", of, (MONEY, INT))
        kind = next((each.type for each in field.values() if each.type), "money")
        value = self.draft.constant(
            self.held.get(key), Type("int" if kind == "int" else "money"), say("`{key}`", key=key)
        )
        if not isinstance(value, int):
            return None
        if key == "reaches" and value <= 0:
            message = say("a sum reaches more than nothing")
            self.draft.bad(self.held.where(key), "out_of_bounds", message, self.held)
        return value

    def places(self) -> tuple[tuple[int, int], ...]:
        if self.name != "enters":
            return ()
        found = []
        for item in self.held.seq("places"):
            if not isinstance(item, Map) or not {"lat_e5", "lon_e5"} <= item.entries.keys():
                continue
            place = (int(item.text("lat_e5")), int(item.text("lon_e5")))
            if abs(place[0]) > 9_000_000 or abs(place[1]) > 18_000_000:
                message = say("there is no such place")
                hint = say("a place is north and east in hundred-thousandths of a degree")
                self.draft.bad(item.at, "out_of_bounds", message, item, hint)
            found.append(place)
        self.counted(self.held, "places", len(self.held.seq("places")), PLACES)
        party = self.draft.parties.get(self.who)
        if party is not None and CONSENT not in party.consent:
            message = say("`{who}` is not asked for `{consent}`, on which positions rest",
                          who=self.who, consent=CONSENT)  # fmt: skip
            hint = say(
                "add `{consent}` to the `consent:` of `{who}`", consent=CONSENT, who=self.who
            )
            self.draft.bad(party.at, "not_asked", message, self.node, hint)
        return tuple(found)

    def each(self, key: str, of: Iterable[str], types: tuple[Kernel, ...]) -> dict[str, Expression]:
        """An expression over each of these actions."""
        node = self.held.get(key)
        return {} if node is None else {kind: self.compiled(kind, key, types) for kind in of}

    def conditions(self, speaking: Iterable[str]) -> dict[str, Expression]:
        if self.node.get("if") is None:
            return {}
        return {
            kind: self.compiled(kind, "if", (BOOL,)) for kind in tuple(speaking) or (NOTHING_CAME,)
        }

    def compiled(self, kind: str, key: str, types: tuple[Kernel, ...]) -> Expression:
        """Over the event, if there is one. What a pattern cannot see is told apart from names that
        nothing has."""
        draft = self.draft
        blind = say("a pattern looks at the log, and balances are not in it")
        later = dict.fromkeys(account_names(draft), blind)
        names = {**common_names(draft), **account_names(draft)}
        if kind:
            names |= draft.actions[kind].event.names
        else:
            empty = say("where nothing came there is no event to look at")
            later |= dict.fromkeys(common_names(draft), empty)
        if key == "if":
            topic = RECORD({"preference": INT, "attitude": INT})
            names["spectrum"] = RECORD(dict.fromkeys(GENERAL, topic))
        scope = Scope(draft, names)
        scope.later = later
        self.names[f"{kind}.{key}"] = scope.environment
        made = scope.node((self.node if key == "if" else self.held).get(key), types)
        if kind:
            seen = {path: at for path, at in scope.reads.items() if path.split(".")[0] not in later}
            need_read_names(draft, draft.needs[kind], seen)
        return made
