"""Block `quote`: work out a price: an expression, or the sum of a field over the things that a list names."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec

SPEC = BlockSpec(
    name="quote",
    version="1.0",
    family="external",
    summary="Work out a price: an expression, or the sum of a field over the things that a list names.",
    args={
        "price": ArgSpec("expr", type="money", required=False, summary="the price"),
        "thing": ArgSpec("thing", required=False, summary="the thing whose field is summed"),
        "field": ArgSpec("field", required=False, summary="its money field"),
        "over": ArgSpec(
            "expr",
            type="list(text)",
            required=False,
            summary="the keys; a key named twice counts twice",
        ),
    },
    short="price",
    output="money",
    query=True,
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """The price: given by an expression, or summed over things."""
    price = args.value_or_none("price")
    if price is not None:
        return price
    thing, field, over = args.name("thing"), args.name("field"), args.value("over")
    read = workshop.field(thing, field)

    def cells(frame: Frame) -> list[tuple[str, object]]:
        return [("thing", workshop.thing_key(thing, frame, key)) for key in over(frame)]

    workshop.also_needs(cells)

    def act(frame: Frame) -> int:
        return sum(
            read(frame.vault.get(workshop.thing_key(thing, frame, key))) for key in over(frame)
        )

    return act
