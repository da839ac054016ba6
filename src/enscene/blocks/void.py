"""Block `void`: let go what was held for this thing."""

from enscene.blocks._spec import ArgSpec, BlockSpec

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
