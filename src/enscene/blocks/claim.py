"""Block `claim`: pay what a cover promises, once for this thing."""

from enscene.blocks._spec import ArgSpec, BlockSpec

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
