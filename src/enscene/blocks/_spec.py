"""What a block says of itself: its arguments, what it gives back and what it may change."""

from dataclasses import dataclass, field
from typing import Literal

ArgKind = Literal[
    "flow",  # the name of a flow
    "account",  # the name of an account
    "counter",  # the name of a counter
    "role",  # the name of a party role
    "thing",  # the name of a thing (type)
    "field",  # a field of the thing named by the argument `thing`
    "product",  # the name of a mounted product
    "action",  # the name of an action
    "text",  # a key of texts/*.yaml
    "code",  # the code of a refusal, which is a key of texts/*.yaml
    "expr",  # an expression of type `type`
]
Family = Literal["internal", "external"]
Origin = Literal["own", "partner", "bought"]
Effect = Literal["money", "state", "counter", "notice", "case", "contract"]


@dataclass(frozen=True, slots=True)
class ArgSpec:
    """One argument. `type` (of an expression) is a type of the language: money, int, list(text)…
    `kinds` says of a product which kinds it must be of, `never` of which it must not be."""

    kind: ArgKind
    type: str | None = None
    required: bool = True
    summary: str = ""
    kinds: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockSpec:
    """A block as the library shows it.

    `short` names the argument that a bare value stands for: `move: pay` is `move: {flow: pay}`.
    `output` is the type of the value that `as:` gives a name to, or None.
    `query` says that the block only reads and may stand in an action of `kind: query`.
    `origin` says who has developed it: the bank, a partner, or it was bought.
    """

    name: str
    version: str
    family: Family
    summary: str
    args: dict[str, ArgSpec] = field(default_factory=dict)
    short: str | None = None
    output: str | None = None
    effects: frozenset[Effect] = frozenset()
    query: bool = False
    origin: Origin = "own"
