"""Block `identify`: check how surely a party was recognised, else ask for another method."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused

SPEC = BlockSpec(
    name="identify",
    version="1.0",
    family="internal",
    summary="Check how surely a party was recognised, else ask for another method.",
    args={
        "who": ArgSpec("role", summary="the party who was recognised"),
        "confidence": ArgSpec(
            "expr",
            type="int",
            summary="how sure the recognition was, in basis points (0-10000)",
        ),
        "at_least": ArgSpec(
            "expr", type="int", summary="the least that is accepted, in basis points"
        ),
        "else": ArgSpec("code", summary="refusal when it is less"),
    },
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Refuse with the code `else` when the confidence is under the threshold."""
    who, code = args.name("who"), args.name("else")
    confidence, at_least = args.value("confidence"), args.value("at_least")

    def act(frame: Frame) -> None:
        sure, least = confidence(frame), at_least(frame)
        if sure < least:
            raise Refused(
                f"the {who} was not recognised surely enough: use another method",
                code=f"scene.{code}",
                facts={"confidence": sure, "at_least": least},
            )

    return act
