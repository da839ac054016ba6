"""Block `owed`: how much principal a customer owes for something."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._lending import find_lent, lent_product
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.shelf import LENDS
from enscene.shelf.lives.lending import Lending

SPEC = BlockSpec(
    name="owed",
    version="1.0",
    family="external",
    summary="Tell how much principal a customer owes for something; nothing when there is no loan.",
    args={
        "product": ArgSpec("product", summary="a loan or a credit line", kinds=LENDS),
        "who": ArgSpec("role", summary="the customer"),
        "ref": ArgSpec("expr", type="text", required=False, summary="what it was lent for"),
    },
    output="money",
    query=True,
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Minor units of principal, due or not."""
    who = args.name("who")
    product = lent_product(workshop, args.name("product"), who)
    ref = args.value_or_none("ref")

    def act(frame: Frame) -> int:
        about = "" if ref is None else ref(frame)
        contract = find_lent(frame, product, who, about)
        if contract is None:
            return 0
        assert isinstance(contract.life, Lending)
        if product.kind == "credit_line" and about:
            return sum(loan.owed for name, loan in contract.life.loans if name == about)
        return contract.life.owed

    return act
