"""Block `quote`: work out a price: an expression, or the sum of a field over the things that a list names."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="quote",
    version="1.0",
    family="external",
    summary="Work out a price: an expression, or the sum of a field over the things that a list names.",
    args={
        "price": ArgSpec("expr", type="money", required=False, summary="the price"),
        "thing": ArgSpec(
            "thing", required=False, summary="the thing whose field is summed"
        ),
        "field": ArgSpec("field", required=False, summary="its money field"),
        "over": ArgSpec(
            "expr",
            type="list(text)",
            required=False,
            summary="the keys; a key named twice counts twice",
        ),
    },
    short="price",
    output="money",
    query=True,
)
