"""Block `move`: move money as a flow says."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.ledger import Leg, Payment

SPEC = BlockSpec(
    name="move",
    version="1.0",
    family="external",
    summary="Move money as a flow says.",
    args={
        "flow": ArgSpec("flow"),
    },
    short="flow",
    output="money",
    effects=frozenset({"money"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Post the legs of the flow; the thing that the action leaves behind keeps them."""
    flow = args.name("flow")
    plan = workshop.flow(flow)

    def act(frame: Frame) -> int:
        total = 0
        legs = []
        post, unit = frame.book.post, frame.unit
        for dr, cr, amount in plan(frame):
            post(unit, dr, cr, amount, flow)
            legs.append(Leg(dr.id, cr.id, amount))
            total += amount
        frame.payments[flow] = Payment(legs)
        frame.moved.append((flow, total, "move"))
        return total

    return act
