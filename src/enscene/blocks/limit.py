"""Block `limit`: add to a counter, and refuse when it would pass its limit."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="limit",
    version="1.0",
    family="internal",
    summary="Add to a counter, and refuse when it would pass its limit.",
    args={
        "counter": ArgSpec("counter"),
        "add": ArgSpec("expr", type="money|int", summary="what is added"),
        "max": ArgSpec("expr", type="money|int", summary="the highest value"),
        "else": ArgSpec(
            "code", required=False, summary="refusal; limit_exceeded when absent"
        ),
    },
    effects=frozenset({"counter"}),
)
