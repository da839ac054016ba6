"""Block `open_case`: open a case for a person to resolve."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
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


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Open a case about the thing that is left behind."""
    reason, role = args.name("reason"), args.name_or_none("for")

    def act(frame: Frame) -> None:
        frame.cases.append({"reason": reason, "party": frame.parties.get(role) if role else None})

    return act
