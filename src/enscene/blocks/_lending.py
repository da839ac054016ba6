"""What the blocks that lend share: the customer's contracts of a product, and its books."""

from __future__ import annotations

from collections.abc import Callable

from enscene.blocks._frame import Frame, Workshop
from enscene.kernel.errors import Refused
from enscene.risk import CHAMPION, read_policy
from enscene.shelf import LENDS, Product, standard_shelf
from enscene.shelf.contracts import Contract, day_of, work_on
from enscene.shelf.lives import Life, Step
from enscene.shelf.lives.lending import Lending


def lent_product(workshop: Workshop, name: str, who: str) -> Product:
    """The mounted product, which is one that lends; its contracts and books will be read."""
    product = standard_shelf().products[workshop.product(name)]
    assert product.kind in LENDS, product.id
    workshop.also_lends(product.id, product.kind, who)
    return product


def check_credit(frame: Frame, product: Product, who: str, minor: int) -> None:
    """What holds whichever scene lends, and by whatever rules: the customer may still have the
    product, and owes no more over all scenes than the bank's policy allows anybody; what a single
    product may be is bounded by itself. Raises: Refused."""
    frame.check_eligible(product, who)
    owed = frame.customers.get(frame.parties[who], {}).get("owed", 0)
    most = max(band.most for band in read_policy(CHAMPION).bands)
    if product.amount is not None:
        most = max(most, product.amount[1])
    if owed + minor > most:
        raise Refused(
            "more than a customer may owe over all scenes", code="lend.over_customer_limit",
            param="amount", facts={"owed_minor": owed, "most_minor": most},
        )  # fmt: skip


def find_lent(frame: Frame, product: Product, who: str, about: str) -> Contract | None:
    """The customer's open contract of the product that is about this; any, when it is about
    nothing in particular. A line that was drawn for it comes before a line that was not."""
    held: list[Contract] = frame.view.works["contract"].held(
        frame.tenant, frame.parties[who], product.id
    )
    for contract in held:
        life = contract.life
        if isinstance(life, Lending) and (
            not about or contract.about == about or any(name == about for name, _ in life.loans)
        ):
            return contract
    return None


def work(
    frame: Frame, contract: Contract, pay: int, do: Callable[[Lending], list[Step]]
) -> list[Step]:
    """Do something to a contract; its money goes through the account `pay`."""

    def on(life: Life) -> list[Step]:
        assert isinstance(life, Lending)
        return do(life)

    steps = work_on(
        frame.view.works, frame.unit, contract, frame.books[contract.product], pay,
        day_of(frame.view, frame.tenant, frame.zone), on,
    )  # fmt: skip
    frame.lent.append((contract, steps))
    return steps
