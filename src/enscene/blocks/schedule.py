"""Block `schedule`: have an action done on this thing later."""

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
