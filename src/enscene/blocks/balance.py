"""Block `balance`: give the balance, the available and the held amount of an account."""

from types import SimpleNamespace

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
    """The balances of the account, in minor units."""
    account = workshop.account(args.name("account"))

    def act(frame: Frame) -> SimpleNamespace:
        found = frame.book.look(account(frame))
        return SimpleNamespace(
            balance=found.posted, available=found.posted - found.held, held=found.held
        )

    return act
