"""What a block works on: one action, planned once, on the view of its batch."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from enscene.kernel.errors import Refused
from enscene.ledger import Account, Book, Payment
from enscene.risk import CounterKey, Tally
from enscene.shelf import Contract, Opening, Product
from enscene.shelf.contracts import BookSet
from enscene.shelf.eligibility import Facts
from enscene.shelf.lives import Step

Value: TypeAlias = Callable[["Frame"], Any]
"""An expression of the pack, ready to be asked on a frame."""

Act: TypeAlias = Callable[["Frame"], Any]
"""A block at work: changes the frame's view, or raises Refused; returns its output."""

Moves: TypeAlias = Callable[["Frame"], list[tuple[Account, Account, int]]]
"""A flow planned on the frame: (debited, credited, minor units), in order, each above zero."""


class Frame:
    """One plan of one action.

    `parties` are ids by role, `accounts` ids by what the workshop calls them. `roots` are the objects that expressions see, in the order of the action's environment;
    `subject` is the thing that lineage is read from and `payments` what the action adds to the
    lineage of the thing it leaves behind. `notices`, `cases`, `contracts`, `lent` go into the log
    with the unit. `books` are those of the products that it lends by, `customers` what is known
    of those it lends to, by id, and `agreed` what was decided on for one of them.
    """

    __slots__ = (
        "accounts",
        "actor",
        "agreed",
        "backs",
        "book",
        "books",
        "cases",
        "contracts",
        "counts",
        "customers",
        "exact",
        "input",
        "lent",
        "lineage",
        "moved",
        "notices",
        "now",
        "parties",
        "payments",
        "ratings",
        "roots",
        "scene",
        "schedule",
        "tally",
        "tenant",
        "things",
        "unit",
        "vault",
        "view",
        "zone",
    )

    def __init__(self) -> None:
        self.unit = 0
        self.view: Any = None
        self.book: Book
        self.tally: Tally
        self.vault: Any = None
        self.tenant = 0
        self.scene = 0
        self.zone = ""
        self.now: datetime
        self.exact = False
        self.input: Any = None
        self.actor: Any = None
        self.parties: dict[str, int] = {}
        self.accounts: dict[str, int] = {}
        self.roots: list[Any] = []
        self.things: dict[str, Any] = {}
        self.lineage: dict[str, Payment] = {}
        self.payments: dict[str, Payment] = {}
        self.backs: dict[str, Payment] = {}
        self.counts: dict[str, tuple[int, str, int]] = {}
        self.moved: list[tuple[str, int, str]] = []
        self.notices: list[dict[str, Any]] = []
        self.cases: list[dict[str, Any]] = []
        self.contracts: list[dict[str, Any]] = []
        self.lent: list[tuple[Contract, list[Step]]] = []
        self.books: dict[str, BookSet] = {}
        self.customers: Mapping[int, Mapping[str, Any]] = {}
        self.agreed: Opening | None = None
        self.ratings: list[dict[str, Any]] = []
        self.schedule: tuple[Any, str] | None = None

    def check_eligible(self, product: Product, who: str) -> None:
        """What is known now may not break a rule; what is not known was the decision's to weigh.

        Raises: Refused.
        """
        facts = Facts(self.customers.get(self.parties[who], {}))
        broken = [rule.field for rule in product.rules if rule.holds(facts) is False]
        if broken:
            raise Refused(
                "the customer may not have this product (any more)", code="shelf.not_eligible",
                facts={"product": product.id, "rules": broken},
            )  # fmt: skip


class Args(Protocol):
    """The arguments of a step, as checked by the compiler."""

    def name(self, argument: str) -> str:
        """The name that a non-expression argument gives."""
        ...

    def name_or_none(self, argument: str) -> str | None: ...

    def value(self, argument: str) -> Value:
        """The expression of an argument."""
        ...

    def value_or_none(self, argument: str) -> Value | None: ...


class Workshop(Protocol):
    """What the compiler lends to a block."""

    def flow(self, name: str) -> Moves: ...

    def account(self, name: str) -> Callable[[Frame], Account]: ...

    def counter(self, name: str) -> Callable[[Frame], CounterKey]: ...

    def money_counter(self, name: str) -> bool:
        """Whether the counter sums money (else it counts)."""
        ...

    def thing_key(self, thing: str, frame: Frame, key: str) -> Hashable:
        """The cell of a thing of this scene."""
        ...

    def field(self, thing: str, name: str) -> Callable[[Any], Any]:
        """Reads a field of a thing found in the frame's vault."""
        ...

    def also_needs(self, cells: Callable[[Frame], Iterable[tuple[str, Hashable]]]) -> None:
        """Cells that the step looks at beyond the action's own, from the input alone."""
        ...

    @property
    def currency(self) -> str:
        """The scene's currency."""
        ...

    def amount_text(self, minor: int) -> str:
        """A money text in the scene's currency."""
        ...

    def product(self, name: str) -> str:
        """The shelf's product behind a mounted one."""
        ...

    def also_lends(self, product: str, kind: str, who: str) -> None:
        """The action works on contracts of a product of the shelf that a party holds."""
        ...


Compile: TypeAlias = Callable[[Args, Workshop], Act]

__all__ = ["Act", "Args", "Compile", "Frame", "Moves", "Sequence", "Value", "Workshop"]
