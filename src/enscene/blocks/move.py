"""Block `move`: move money as a flow says."""

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
