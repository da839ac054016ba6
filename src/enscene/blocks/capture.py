"""Block `capture`: move money that was held for this thing; what is not taken is let go."""

from uuid import UUID

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused
from enscene.ledger import Leg, Payment

SPEC = BlockSpec(
    name="capture",
    version="1.0",
    family="external",
    summary="Move money that was held for this thing; what is not taken is let go.",
    args={
        "flow": ArgSpec("flow"),
        "amount": ArgSpec(
            "expr",
            type="money",
            required=False,
            summary="a part of it; all when absent",
        ),
        "keep": ArgSpec(
            "expr",
            type="bool",
            required=False,
            summary="keep the rest on hold for a later capture",
        ),
    },
    short="flow",
    output="money",
    effects=frozenset({"money"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Move what is held, in the order of the legs, as far as the amount goes."""
    flow = args.name("flow")
    part, keep = args.value_or_none("amount"), args.value_or_none("keep")

    def act(frame: Frame) -> int:
        payment = frame.lineage.get(flow)
        if payment is None or not payment.holds:
            raise Refused("nothing is held", code="scene.nothing_held")
        holds = [frame.book.hold_of(frame.tenant, UUID(name)) for name in payment.holds]
        held = sum(hold.amount - hold.captured for hold in holds)
        amount = held if part is None else part(frame)
        if not 0 < amount <= held:
            raise Refused("more than is held", code="ledger.exceeds_hold")
        keeps = keep is not None and keep(frame)
        legs, open_holds, left = [], [], amount
        for hold in holds:
            take = min(left, hold.amount - hold.captured)
            left -= take
            if take:
                frame.book.capture(frame.unit, hold, take, keep=keeps)
                legs.append(Leg(hold.dr, hold.cr, take))
            elif not keeps:
                frame.book.let_go(frame.unit, hold)
            if keeps and hold.captured < hold.amount:
                open_holds.append(str(hold.id))
        before = payment.legs if payment.captured else []
        done = Payment([*before, *legs], open_holds, captured=True, counts=payment.counts)
        frame.lineage[flow] = frame.payments[flow] = done
        frame.moved.append((flow, amount, "capture"))
        return amount

    return act
