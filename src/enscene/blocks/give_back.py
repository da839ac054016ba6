"""Block `give_back`: what was bought on credit goes back, and so much of the loan with it."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._lending import find_lent, lent_product, work
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused
from enscene.shelf import LENDS

SPEC = BlockSpec(
    name="give_back",
    version="1.0",
    family="external",
    summary="Lower a loan by what goes back to its buyer, without a fee.",
    args={
        "product": ArgSpec("product", summary="a loan or a credit line", kinds=LENDS),
        "who": ArgSpec("role", summary="the customer"),
        "amount": ArgSpec("expr", type="money", summary="how much; not more than is owed"),
        "ref": ArgSpec("expr", type="text", summary="what it was lent for"),
        "from": ArgSpec("account", summary="the bank's account that a flow brought it to"),
    },
    output="money",
    effects=frozenset({"money", "contract"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Debit the account for the principal that is owed."""
    who = args.name("who")
    product = lent_product(workshop, args.name("product"), who)
    amount, ref = args.value("amount"), args.value("ref")
    source = workshop.account(args.name("from"))

    def act(frame: Frame) -> int:
        about: str = ref(frame)
        minor: int = amount(frame)
        if not minor:
            return 0  # it was paid back before
        contract = find_lent(frame, product, who, about)
        if contract is None:
            raise Refused("nothing is owed", code="lend.nothing_owed", param="ref")
        named = about if product.kind == "credit_line" else ""
        work(frame, contract, source(frame).id, lambda life: life.give_back(minor, named))
        return minor

    return act
