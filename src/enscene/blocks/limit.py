"""Block `limit`: add to a counter, and refuse when it would pass its limit."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused

SPEC = BlockSpec(
    name="limit",
    version="1.0",
    family="internal",
    summary="Add to a counter, and refuse when it would pass its limit.",
    args={
        "counter": ArgSpec("counter"),
        "add": ArgSpec("expr", type="money|int", summary="what is added"),
        "max": ArgSpec("expr", type="money|int", summary="the highest value"),
        "else": ArgSpec("code", required=False, summary="refusal; limit_exceeded when absent"),
    },
    effects=frozenset({"counter"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Add to the counter of the window, or refuse."""
    name = args.name("counter")
    counter, is_money = workshop.counter(name), workshop.money_counter(name)
    add, most = args.value("add"), args.value("max")
    code = f"scene.{args.name_or_none('else') or 'limit_exceeded'}"

    def act(frame: Frame) -> None:
        key = counter(frame)
        amount, limit = add(frame), most(frame)
        if not frame.tally.add(key, amount, limit=limit):
            left = max(0, limit - frame.tally.look(key))
            shown = workshop.amount_text(left) if is_money else left
            raise Refused(
                f"the limit of {name} would be exceeded: {shown} is left",
                code=code,
                facts={"counter": name, "left": shown},
            )
        frame.counts[name] = (key[3], key[4], amount)

    return act
