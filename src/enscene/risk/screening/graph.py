"""The same sum that travels: from hand to hand, and back to where it came from.

Who only passes money on keeps nothing of it, so what comes in goes out again as the same sum.
Ordinary payments do not: two people spend the same sum, but seldom one after the other along a
chain. Chains are looked for by sum, so that a busy merchant costs nothing; days need not be in the
order of the chain (money may be advanced), only near each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from enscene.risk.screening.movement import Hit, Movement
from enscene.risk.screening.policy import ScreeningRule
from enscene.risk.screening.watch import hit

DEEP = 8
"""Links that are followed in one direction."""
STEPS_MOST = 400
"""Links that are looked at for one movement: sums that everybody pays end there."""

Node = tuple[int, int]
"""An account, and a sum."""


class _Links:
    """Who paid whom a sum, from both ends, as long as `days`."""

    def __init__(self, days: int) -> None:
        self._days = days
        self.paid: dict[Node, dict[int, Movement]] = {}
        self.got: dict[Node, dict[int, Movement]] = {}

    def add(self, movement: Movement) -> bool:
        """Whether it is a new link, which another one with the same sum may continue."""
        out = self.paid.setdefault((movement.payer, movement.amount), {})
        known = movement.payee in out
        out[movement.payee] = movement
        self.got.setdefault((movement.payee, movement.amount), {})[movement.payer] = movement
        return not known

    def after(self, account: int, last: Movement) -> Iterator[tuple[int, Movement]]:
        yield from self._near(self.paid, account, last)

    def before(self, account: int, last: Movement) -> Iterator[tuple[int, Movement]]:
        yield from self._near(self.got, account, last)

    def _near(
        self, links: dict[Node, dict[int, Movement]], account: int, last: Movement
    ) -> Iterator[tuple[int, Movement]]:
        found = links.get((account, last.amount))
        if not found:
            return
        gone = [other for other, m in found.items() if m.day <= last.day - self._days]
        for other in gone:
            del found[other]
        yield from list(found.items())


class PassingOn:
    """The same sum over `hops` links or more."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._hops = rule.figures["hops"]
        self._links = _Links(rule.figures["days"])

    def look(self, movement: Movement) -> list[Hit]:
        if not self._links.add(movement):
            return []
        ends = {movement.payer, movement.payee}
        steps = [STEPS_MOST]
        ahead = self._farthest(movement.payee, movement, ends, steps, forward=True)
        taken = ends.union(*({m.payer, m.payee} for m in ahead))
        behind = self._farthest(movement.payer, movement, taken, steps, forward=False)
        way = [*reversed(behind), movement, *ahead]
        if len(way) < self._hops:
            return []
        found = []
        accounts = [way[0].payer, *(link.payee for link in way)]
        for account in accounts:
            found += hit(
                self._rule, movement, account, f"{account}:{movement.amount}",
                tuple(link.ref for link in way), amount_minor=movement.amount, hops=len(way),
                accounts=accounts,
            )  # fmt: skip
        return found

    def _farthest(
        self, account: int, last: Movement, seen: set[int], steps: list[int], *, forward: bool,
        deep: int = DEEP,
    ) -> list[Movement]:  # fmt: skip
        """The longest way on from an account."""
        best: list[Movement] = []
        if deep == 0:
            return best
        near = self._links.after if forward else self._links.before
        for other, link in near(account, last):
            if other in seen or steps[0] <= 0:
                continue
            steps[0] -= 1
            way = [link, *self._farthest(other, last, seen | {other}, steps, forward=forward,
                                         deep=deep - 1)]  # fmt: skip
            if len(way) > len(best):
                best = way
        return best


class Ring:
    """The same sum comes back to where it set out, over `accounts` or more."""

    def __init__(self, rule: ScreeningRule) -> None:
        self._rule = rule
        self._accounts = rule.figures["accounts"]
        self._links = _Links(rule.figures["days"])

    def look(self, movement: Movement) -> list[Hit]:
        if not self._links.add(movement):
            return []
        way = self._back(movement.payee, movement, {movement.payee}, [STEPS_MOST], DEEP)
        if way is None or len(way) + 1 < self._accounts:
            return []
        way = [movement, *way]
        accounts = sorted(link.payer for link in way)
        key = f"{movement.amount}:" + ",".join(map(str, accounts))
        return hit(
            self._rule, movement, movement.payer, key, tuple(link.ref for link in way),
            amount_minor=movement.amount, accounts=accounts,
        )  # fmt: skip

    def _back(
        self, account: int, last: Movement, seen: set[int], steps: list[int], deep: int
    ) -> list[Movement] | None:
        """The way from an account to the payer of the last movement."""
        if deep == 0:
            return None
        for other, link in self._links.after(account, last):
            if steps[0] <= 0:
                return None
            steps[0] -= 1
            if other == last.payer:
                return [link]
            if other in seen:
                continue
            rest = self._back(other, last, seen | {other}, steps, deep - 1)
            if rest is not None:
                return [link, *rest]
        return None
