"""Block `apply`: open a contract for a mounted product."""

from typing import Any

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.shelf import KEEPS

SPEC = BlockSpec(
    name="apply",
    version="1.0",
    family="external",
    summary="Open a contract for a mounted product whose money the scene keeps.",
    args={
        "product": ArgSpec("product", never=KEEPS),
        "who": ArgSpec("role", summary="the customer"),
        "amount": ArgSpec("expr", type="money", required=False, summary="the sum of the contract"),
        "ref": ArgSpec("expr", type="text", required=False, summary="what it is about"),
    },
    effects=frozenset({"contract"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Open a contract of the customer; it outlives the scene."""
    product, who = workshop.product(args.name("product")), args.name("who")
    amount, about = args.value_or_none("amount"), args.value_or_none("ref")

    def act(frame: Frame) -> None:
        applied: dict[str, Any] = {
            "product": product,
            "customer": frame.parties[who],
            "amount": None if amount is None else amount(frame),
            "about": "" if about is None else about(frame),
        }
        frame.contracts.append(applied)

    return act
