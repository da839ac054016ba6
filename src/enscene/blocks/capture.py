"""Block `capture`: move money that was held for this thing; what is not taken is let go."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="capture",
    version="1.0",
    family="external",
    summary="Move money that was held for this thing; what is not taken is let go.",
    args={
        "flow": ArgSpec("flow"),
        "amount": ArgSpec(
            "expr",
            type="money",
            required=False,
            summary="a part of it; all when absent",
        ),
        "keep": ArgSpec(
            "expr",
            type="bool",
            required=False,
            summary="keep the rest on hold for a later capture",
        ),
    },
    short="flow",
    output="money",
    effects=frozenset({"money"}),
)
