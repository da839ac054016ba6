"""Block `rate`: take a rating of one to five stars, with a comment."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="rate",
    version="1.0",
    family="external",
    summary="Take a rating of one to five stars, with a comment.",
    args={
        "stars": ArgSpec("expr", type="int"),
        "comment": ArgSpec("expr", type="text", required=False),
    },
    effects=frozenset({"notice"}),
)
