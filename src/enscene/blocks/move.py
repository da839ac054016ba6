"""Block `move`: move money as a flow says."""

from enscene.blocks._frame import Act, Args, Workshop
from enscene.blocks._post import post_flow
from enscene.blocks._spec import ArgSpec, BlockSpec

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
    return lambda frame: post_flow(frame, flow, plan, "move")
