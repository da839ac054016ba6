"""Block `identify`: check how surely a party was recognised, else ask for another method."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="identify",
    version="1.0",
    family="internal",
    summary="Check how surely a party was recognised, else ask for another method.",
    args={
        "who": ArgSpec("role", summary="the party who was recognised"),
        "confidence": ArgSpec(
            "expr",
            type="int",
            summary="how sure the recognition was, in basis points (0-10000)",
        ),
        "at_least": ArgSpec(
            "expr", type="int", summary="the least that is accepted, in basis points"
        ),
        "else": ArgSpec("code", summary="refusal when it is less"),
    },
)
