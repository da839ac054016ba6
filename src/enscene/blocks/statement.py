"""Block `statement`: give the last entries of an account, newest first."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="statement",
    version="1.0",
    family="external",
    summary="Give the last entries of an account, newest first.",
    args={
        "account": ArgSpec("account"),
        "last": ArgSpec(
            "expr",
            type="int",
            required=False,
            summary="how many entries, at most 200; 20 when absent",
        ),
    },
    short="account",
    output="list",
    query=True,
)
