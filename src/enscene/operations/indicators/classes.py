"""What every account of the ledger is to the scene account: one class, by its role and kind, or by its
name where it has no role. What stands in no line here makes the calculation fail with its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

Class: TypeAlias = Literal[
    "kept", "cards", "invested", "agency", "lent", "reserves", "interest", "fees", "saas",
    "benefits", "subsidies", "cost", "risk", "settling", "outside", "own",
]  # fmt: skip
CLASSES: tuple[Class, ...] = get_args(Class)
"""In the order in which the account tells them."""
EARNED: tuple[Class, ...] = ("interest", "fees", "saas")
"""What the bank earns with a scene."""

_FREE, _LOOP = ("free", "supervised"), ("closed_loop",)
_ALL = (*_FREE, *_LOOP)
_BY_ROLE: tuple[tuple[Class, tuple[str, ...], tuple[str, ...]], ...] = (
    # Money of customers that is theirs to dispose of. An account of points is closed_loop.
    ("kept", ("stored_value",), _FREE),
    ("kept", ("current", "deposits", "deposit"), _ALL),
    # Above zero it is the customer's money, below zero a debt.
    ("cards", ("card",), _ALL),
    ("invested", ("funds",), _ALL),
    # What is taken in and paid out for others.
    ("agency", ("settlement", "escrow", "payable", "receivable"), _ALL),
    ("agency", ("pool",), _FREE),
    ("lent", ("principal", "interest_due"), _ALL),
    ("reserves", ("unearned", "liability"), _ALL),
    # What accrues moves between these two: it is income when it falls due, of whose contract it was.
    ("interest", ("interest", "accrued", "penalties"), _ALL),
    ("fees", ("income", "fees", "premiums"), _ALL),
    ("subsidies", ("pool", "stored_value"), _LOOP),
    ("cost", ("expense", "cost", "lapsed"), _ALL),
    ("risk", ("losses", "recovered", "claims"), _ALL),
    ("outside", ("outside", "core"), _ALL),
    ("own", ("lending", "funding", "position"), _ALL),
)
_BY_NAME: tuple[tuple[Class, tuple[str, ...]], ...] = (
    ("kept", ("current", "rails.own")),
    ("agency", ("brought_in.due",)),
    ("fees", ("brought_in.income",)),
    ("saas", ("billing.earned.bank", "billing.paid.bank")),
    ("benefits", ("benefits.spent",)),
    ("cost", ("brought_in.cost",)),
    ("settling", ("billing", "brought_in.traffic", "rails.clearing")),
    ("outside", ("opening", "rails.outside")),
    ("own", ("benefits",)),
)
"""Of accounts without a role: what their names are or begin with, up to a dot or an @. The first that
fits holds."""


class Unclassified(Exception):
    """Accounts that no line of this module knows, with role, kind and name, by tenant."""

    def __init__(self, accounts: Mapping[int, tuple[str, ...]]) -> None:
        told = "; ".join(f"tenant {n}: {', '.join(names)}" for n, names in accounts.items())
        super().__init__(f"accounts of no class in operations/indicators/classes.py: {told}")
        self.accounts = accounts


def class_of(role: str, kind: str, name: str) -> Class | None:
    """The class of an account; None: of none."""
    if role:
        fits = (each for each, roles, kinds in _BY_ROLE if role in roles and kind in kinds)
        return next(fits, None)
    named = (each for each, starts in _BY_NAME if any(_begins(name, start) for start in starts))
    return next(named, None)


def _begins(name: str, start: str) -> bool:
    return name == start or name.startswith((f"{start}.", f"{start}@"))


def class_column(role: Any, kind: Any, name: Any) -> Any:
    """The same for columns of accounts; empty: of none."""
    import ibis

    cases = [((role.isin(roles)) & (kind.isin(kinds)), each) for each, roles, kinds in _BY_ROLE]
    for each, starts in _BY_NAME:
        for start in starts:
            fits = (name == start) | name.startswith(f"{start}.") | name.startswith(f"{start}@")
            cases.append(((role == "") & fits, each))
    return ibis.cases(*cases, else_="")


def class_sql(account: str) -> str:
    """The same as an SQL expression over an account that goes by this name; empty: of none."""
    cases = [
        f"when {account}.role in ({_texts(roles)}) and {account}.kind in ({_texts(kinds)}) "
        f"then '{each}'"
        for each, roles, kinds in _BY_ROLE
    ]
    cases += [
        f"when {account}.role = '' and ({account}.name = '{start}' "
        f"or starts_with({account}.name, '{start}.') "
        f"or starts_with({account}.name, '{start}@')) then '{each}'"
        for each, starts in _BY_NAME for start in starts
    ]  # fmt: skip
    return f"case {' '.join(cases)} else '' end"


def _texts(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def roles_known() -> Iterable[tuple[str, str]]:
    """Every role and kind that has a class."""
    for _, roles, kinds in _BY_ROLE:
        for role in roles:
            for kind in kinds:
                yield role, kind
