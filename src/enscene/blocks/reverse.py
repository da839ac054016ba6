"""Block `reverse`: give back what a flow moved for this thing, along the way it came."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="reverse",
    version="1.0",
    family="external",
    summary="Give back what a flow moved for this thing, along the way it came.",
    args={
        "flow": ArgSpec("flow"),
        "amount": ArgSpec(
            "expr",
            type="money",
            required=False,
            summary="a part of it; all that is left when absent",
        ),
        "counter": ArgSpec(
            "counter", required=False, summary="a counter that is given back too"
        ),
    },
    short="flow",
    output="money",
    effects=frozenset({"money", "counter"}),
)
