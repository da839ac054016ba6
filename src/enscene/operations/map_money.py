"""The money map of a pack as data: accounts, and the ways that money may go between them."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.scenes.language import Pack
from enscene.scenes.language.model import Account
from enscene.scenes.language.proofs import prove_money


@dataclass(frozen=True, slots=True)
class Way:
    """Money may go from account to account by a flow; `released` says that a rule lets it out of
    an account under rules, `back` that it is the reversal of the flow."""

    flow: str
    source: str
    target: str
    released: bool
    back: bool


@dataclass(frozen=True, slots=True)
class MoneyWays:
    """What the proof of the pack's money has walked."""

    accounts: tuple[Account, ...]
    ways: tuple[Way, ...]


def map_money(pack: Pack) -> MoneyWays:
    """The accounts and the ways of a configured pack."""
    graph = prove_money(pack.accounts, pack.flows, pack.actions.values())
    ways = [Way(e.flow, e.source, e.target, e.released, e.back) for e in graph.edges]
    return MoneyWays(tuple(pack.accounts.values()), tuple(dict.fromkeys(ways)))
