"""Proof that money under rules only leaves through flows that release it.

The graph has the accounts as nodes and an edge from every source to every target of a flow;
`reverse` adds the edges of its flow the other way round. A path that begins at a supervised or
closed-loop account and reaches a free one without an edge that releases its source is a leak.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enscene.kernel.said import Said, say
from enscene.scenes.language.model import Account, Action, Flow, Position


@dataclass(frozen=True, slots=True)
class Edge:
    """Money may go from `source` to `target` by `flow`; `released` says by its rules."""

    source: str
    target: str
    flow: str
    released: bool
    at: Position
    back: bool = False


@dataclass(frozen=True, slots=True)
class Leak:
    """A way out of a closed or supervised account that nothing releases."""

    path: tuple[Edge, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts on the way, from the one under rules to the free one."""
        return (self.path[0].source, *(edge.target for edge in self.path))

    @property
    def flows(self) -> tuple[str | Said, ...]:
        """The flows on the way; `reverse of x` where money goes back."""
        return tuple(
            say("reverse of {flow}", flow=edge.flow) if edge.back else edge.flow
            for edge in self.path
        )

    def told(self) -> Said:
        """The way that the money takes."""
        return say("{way} by {flows}", way=" → ".join(self.accounts), flows=self.flows)


@dataclass(frozen=True, slots=True)
class MoneyGraph:
    """The edges, and what the proof went through: paths tried and releases passed."""

    edges: tuple[Edge, ...]
    leaks: tuple[Leak, ...]
    paths: int
    releases: tuple[str, ...]


def prove_money(
    accounts: Mapping[str, Account], flows: Mapping[str, Flow], actions: Iterable[Action]
) -> MoneyGraph:
    """Walk the money graph from every account under rules; give the shortest leak of each."""
    edges = tuple(_edges(flows, actions))
    by_source: dict[str, list[Edge]] = {}
    for edge in edges:
        by_source.setdefault(edge.source, []).append(edge)
    leaks: list[Leak] = []
    paths = 0
    releases: set[str] = set()
    for account in accounts.values():
        if account.kind == "free":
            continue
        leak, tried, passed = _walk(account.name, accounts, by_source)
        paths += tried
        releases |= passed
        if leak is not None:
            leaks.append(leak)
    return MoneyGraph(edges, tuple(leaks), paths, tuple(sorted(releases)))


def _edges(flows: Mapping[str, Flow], actions: Iterable[Action]) -> Iterable[Edge]:
    backs = [step.args for action in actions for step in action.steps if step.block == "reverse"]
    for flow in flows.values():
        own = [args for args in backs if args["flow"] == flow.name]
        bearers = {str(args["borne_by"]) for args in own if "borne_by" in args}
        for source in flow.sources:
            released = source.account in flow.release
            for target in flow.targets:
                yield Edge(source.account, target.account, flow.name, released, source.at)
            if own:
                for account in sorted({leg.account for leg in flow.targets} | bearers):
                    back = account in flow.release
                    yield Edge(account, source.account, flow.name, back, flow.at, True)


def _walk(
    start: str, accounts: Mapping[str, Account], by_source: Mapping[str, list[Edge]]
) -> tuple[Leak | None, int, set[str]]:
    """Breadth first, so that the first leak is a shortest one."""
    queue: deque[tuple[str, tuple[Edge, ...]]] = deque([(start, ())])
    seen = {start}
    tried = 0
    passed: set[str] = set()
    while queue:
        name, way = queue.popleft()
        for edge in by_source.get(name, ()):
            tried += 1
            if edge.released:
                passed.add(f"{edge.source} ⇒ {edge.flow}")
                continue
            path = (*way, edge)
            if accounts[edge.target].kind == "free":
                return Leak(path), tried, passed
            if edge.target not in seen:
                seen.add(edge.target)
                queue.append((edge.target, path))
    return None, tried, passed
