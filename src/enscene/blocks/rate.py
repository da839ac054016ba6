"""Block `rate`: take a rating of one to five stars, with a comment."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Invalid

SPEC = BlockSpec(
    name="rate",
    version="1.0",
    family="external",
    summary="Take a rating of one to five stars, with a comment.",
    args={
        "stars": ArgSpec("expr", type="int"),
        "comment": ArgSpec("expr", type="text", required=False),
    },
    effects=frozenset({"notice"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Take one to five stars and a comment into the log."""
    stars, comment = args.value("stars"), args.value_or_none("comment")

    def act(frame: Frame) -> None:
        given = stars(frame)
        if not 1 <= given <= 5:
            raise Invalid("a rating has one to five stars", code="rate.stars", param="stars")
        said = None if comment is None else comment(frame)
        frame.ratings.append({"stars": given, "comment": said or ""})

    return act
