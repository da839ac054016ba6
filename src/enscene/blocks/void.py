"""Block `void`: let go what was held for this thing."""

from uuid import UUID

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused
from enscene.ledger import Payment

SPEC = BlockSpec(
    name="void",
    version="1.0",
    family="external",
    summary="Let go what was held for this thing.",
    args={
        "flow": ArgSpec("flow"),
    },
    short="flow",
    output="money",
    effects=frozenset({"money"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Let every hold of the flow go."""
    flow = args.name("flow")

    def act(frame: Frame) -> int:
        payment = frame.lineage.get(flow)
        if payment is None or not payment.holds:
            raise Refused("nothing is held", code="scene.nothing_held")
        freed = 0
        for name in payment.holds:
            hold = frame.book.hold_of(frame.tenant, UUID(name))
            freed += hold.amount - hold.captured
            frame.book.let_go(frame.unit, hold)
        legs = payment.legs if payment.captured else []
        frame.lineage[flow] = frame.backs[flow] = Payment(
            legs, captured=payment.captured, counts=payment.counts
        )
        frame.moved.append((flow, freed, "void"))
        return freed

    return act
