"""Block `hold`: set money aside at the sources of a flow, to be captured or let go."""

from enscene.blocks._spec import ArgSpec, BlockSpec

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
