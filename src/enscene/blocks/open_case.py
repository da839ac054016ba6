"""Block `open_case`: open a case for a person to resolve."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="open_case",
    version="1.0",
    family="internal",
    summary="Open a case for a person to resolve.",
    args={
        "reason": ArgSpec("text"),
        "for": ArgSpec(
            "role",
            required=False,
            summary="who is to resolve it; the scene team when absent",
        ),
    },
    effects=frozenset({"case"}),
)
