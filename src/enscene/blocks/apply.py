"""Block `apply`: open a contract for a mounted product."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="apply",
    version="1.0",
    family="external",
    summary="Open a contract for a mounted product.",
    args={
        "product": ArgSpec("product"),
        "who": ArgSpec("role", summary="the customer"),
        "amount": ArgSpec(
            "expr", type="money", required=False, summary="the sum of the contract"
        ),
        "ref": ArgSpec("expr", type="text", required=False, summary="what it is about"),
    },
    effects=frozenset({"contract"}),
)
