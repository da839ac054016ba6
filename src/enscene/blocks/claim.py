"""Block `claim`: pay what a cover promises, once for this thing."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Conflict
from enscene.ledger import Leg, Payment

SPEC = BlockSpec(
    name="claim",
    version="1.0",
    family="external",
    summary="Pay what a cover promises, once for this thing.",
    args={
        "flow": ArgSpec("flow"),
    },
    short="flow",
    output="money",
    effects=frozenset({"money"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Post the flow, unless this thing was paid by it before."""
    flow = args.name("flow")
    plan = workshop.flow(flow)

    def act(frame: Frame) -> int:
        if flow in frame.lineage:
            raise Conflict("this was paid before", code="claim.paid_before")
        total = 0
        legs = []
        for dr, cr, amount in plan(frame):
            frame.book.post(frame.unit, dr, cr, amount, flow)
            legs.append(Leg(dr.id, cr.id, amount))
            total += amount
        frame.payments[flow] = Payment(legs)
        frame.moved.append((flow, total, "claim"))
        return total

    return act
