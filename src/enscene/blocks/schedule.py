"""Block `schedule`: have an action done on this thing later."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="schedule",
    version="1.0",
    family="internal",
    summary="Have an action done on this thing later.",
    args={
        "action": ArgSpec("action"),
        "after": ArgSpec("expr", type="duration", required=False, summary="from now"),
        "at": ArgSpec("expr", type="time", required=False, summary="at that time"),
    },
    effects=frozenset({"state"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Set when the clock does the action on the thing that is left behind."""
    action = args.name("action")
    after, at = args.value_or_none("after"), args.value_or_none("at")

    def act(frame: Frame) -> None:
        moment = after(frame) if after is not None else at(frame) if at is not None else None
        frame.schedule = (moment, action)

    return act
