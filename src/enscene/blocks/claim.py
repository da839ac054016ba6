"""Block `claim`: pay what a cover promises, once for this thing."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._post import post_flow
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Conflict

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
        return post_flow(frame, flow, plan, "claim")

    return act
