"""Block `apply`: open a contract for a mounted product."""

from typing import Any

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._lending import check_credit, find_lent
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Conflict
from enscene.shelf import Opening, standard_shelf
from enscene.shelf.contracts import day_of, new_contract

SPEC = BlockSpec(
    name="apply",
    version="1.0",
    family="external",
    summary="Open a contract for a mounted product.",
    args={
        "product": ArgSpec("product"),
        "who": ArgSpec("role", summary="the customer"),
        "amount": ArgSpec("expr", type="money", required=False, summary="the sum of the contract"),
        "ref": ArgSpec("expr", type="text", required=False, summary="what it is about"),
    },
    effects=frozenset({"contract"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Open a contract of the customer; it outlives the scene. A credit line has its life from
    now on: `lend` draws on it."""
    product, who = workshop.product(args.name("product")), args.name("who")
    amount, about = args.value_or_none("amount"), args.value_or_none("ref")
    known = standard_shelf().products.get(product)
    is_line = known is not None and known.kind == "credit_line" and amount is not None
    if is_line:
        assert known is not None
        workshop.also_lends(product, known.kind, who)

    def act(frame: Frame) -> None:
        applied: dict[str, Any] = {
            "product": product,
            "customer": frame.parties[who],
            "amount": None if amount is None else amount(frame),
            "about": "" if about is None else about(frame),
        }
        if is_line:
            assert known is not None
            if find_lent(frame, known, who, "") is not None:
                raise Conflict("the customer has this line already", code="lend.has_line",
                               facts={"product": product})  # fmt: skip
            check_credit(frame, known, who, applied["amount"] or 0)
            opening = Opening(
                known, applied["customer"], applied["amount"], scene=frame.scene,
                currency=workshop.currency, about=applied["about"], channel="scene",
            )  # fmt: skip
            day = day_of(frame.view, frame.tenant, frame.zone)
            applied["contract"] = new_contract(frame.tenant, opening, day)
        frame.contracts.append(applied)

    return act
