"""Block `notify`: tell a party something."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="notify",
    version="1.0",
    family="external",
    summary="Tell a party something.",
    args={
        "who": ArgSpec("role"),
        "text": ArgSpec("text"),
    },
    effects=frozenset({"notice"}),
)
