"""Block `notify`: tell a party something."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
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


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Leave a notice for the party in the log; delivery reads it there."""
    who, text = args.name("who"), args.name("text")

    def act(frame: Frame) -> None:
        frame.notices.append({"who": frame.parties[who], "role": who, "text": text})

    return act
