"""Block `hold`: set money aside at the sources of a flow, to be captured or let go."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.ledger import Leg, Payment

SPEC = BlockSpec(
    name="hold",
    version="1.0",
    family="external",
    summary="Set money aside at the sources of a flow, to be captured or let go.",
    args={
        "flow": ArgSpec("flow"),
    },
    short="flow",
    output="money",
    effects=frozenset({"money"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Set the legs of the flow aside; the thing left behind keeps the holds."""
    flow = args.name("flow")
    plan = workshop.flow(flow)

    def act(frame: Frame) -> int:
        total = 0
        legs, holds = [], []
        for dr, cr, amount in plan(frame):
            hold = frame.book.set_aside(frame.unit, dr, cr, amount, flow)
            holds.append(str(hold.id))
            legs.append(Leg(dr.id, cr.id, amount))
            total += amount
        frame.payments[flow] = Payment(legs, holds)
        frame.moved.append((flow, total, "hold"))
        return total

    return act
