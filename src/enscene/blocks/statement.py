"""Block `statement`: give the last entries of an account, newest first."""

from dataclasses import dataclass

from enscene.blocks._frame import Act, Args, Frame, Workshop
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


@dataclass(frozen=True, slots=True)
class StatementWish:
    """Entries that a query asks for: newest `last` of account `account`."""

    account: int
    last: int


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Names the account and the number of entries; the runtime reads them, outside any unit."""
    account, last = workshop.account(args.name("account")), args.value_or_none("last")

    def act(frame: Frame) -> StatementWish:
        return StatementWish(account(frame).id, 20 if last is None else last(frame))

    return act
