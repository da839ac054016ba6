"""Block `balance`: give the balance, the available and the held amount of an account."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
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


def compile_step(args: Args, workshop: Workshop) -> Act:
    """The balances of the account, as money texts."""
    account = workshop.account(args.name("account"))

    def act(frame: Frame) -> dict[str, str]:
        found = frame.book.look(account(frame))
        text = workshop.amount_text
        return {
            "balance": text(found.posted),
            "available": text(found.posted - found.held),
            "held": text(found.held),
        }

    return act
