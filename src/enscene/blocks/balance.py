"""Block `balance`: give the balance, the available and the held amount of an account."""

from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="balance",
    version="1.0",
    family="external",
    summary="Give the balance, the available and the held amount of an account.",
    args={
        "account": ArgSpec("account"),
    },
    short="account",
    output="record(balance: money, available: money, held: money)",
    query=True,
)
