"""Block `repay`: pay back what was lent: first what is due, the rest early."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._lending import find_lent, lent_product, work
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused
from enscene.shelf import LENDS

SPEC = BlockSpec(
    name="repay",
    version="1.0",
    family="external",
    summary="Pay back what was lent: first what is due, the rest early.",
    args={
        "product": ArgSpec("product", summary="a loan or a credit line", kinds=LENDS),
        "who": ArgSpec("role", summary="the customer"),
        "amount": ArgSpec("expr", type="money", summary="how much; not more than is owed"),
        "ref": ArgSpec("expr", type="text", required=False, summary="what it was lent for"),
        "from": ArgSpec("account", summary="the bank's account that a flow brought it to"),
    },
    output="money",
    effects=frozenset({"money", "contract"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Debit the account for the books of the product."""
    who = args.name("who")
    product = lent_product(workshop, args.name("product"), who)
    amount, ref = args.value("amount"), args.value_or_none("ref")
    source = workshop.account(args.name("from"))

    def act(frame: Frame) -> int:
        about = "" if ref is None else ref(frame)
        contract = find_lent(frame, product, who, about)
        if contract is None:
            raise Refused("nothing is owed", code="lend.nothing_owed", param="ref")
        minor: int = amount(frame)
        named = about if product.kind == "credit_line" else ""
        work(frame, contract, source(frame).id, lambda life: life.repay(minor, named))
        return minor

    return act
