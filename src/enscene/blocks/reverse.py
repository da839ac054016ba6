"""Block `reverse`: give back what a flow moved for this thing, along the way it came."""

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Refused
from enscene.ledger import Leg, Payment, split_back

SPEC = BlockSpec(
    name="reverse",
    version="1.0",
    family="external",
    summary="Give back what a flow moved for this thing, along the way it came.",
    args={
        "flow": ArgSpec("flow"),
        "amount": ArgSpec(
            "expr",
            type="money",
            required=False,
            summary="a part of it; all that is left when absent",
        ),
        "counter": ArgSpec("counter", required=False, summary="a counter that is given back too"),
        "keep": ArgSpec(
            "account", required=False, summary="the account that does not give back its part"
        ),
        "borne_by": ArgSpec(
            "account", required=False, summary="the account that gives that part instead"
        ),
    },
    short="flow",
    output="money",
    effects=frozenset({"money", "counter"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Give back along the lineage: every leg its cumulative share, from where it went."""
    flow, part = args.name("flow"), args.value_or_none("amount")
    kept, bearer = args.name_or_none("keep"), args.name_or_none("borne_by")
    bearer_account = workshop.account(bearer) if bearer else None
    counter = args.name_or_none("counter")

    def act(frame: Frame) -> int:
        payment = frame.lineage.get(flow)
        left = payment.amount - payment.back if payment else 0
        if payment is None or left == 0:
            raise Refused("there is nothing left to give back", code="scene.nothing_to_reverse")
        amount = left if part is None else part(frame)
        backs = split_back(payment, amount)
        legs = []
        for leg, back in zip(payment.legs, backs, strict=True):
            legs.append(Leg(leg.dr, leg.cr, leg.amount, leg.back + back))
            if back:
                source = frame.book.account(frame.tenant, leg.cr)
                if bearer_account is not None and source.name == kept:
                    source = bearer_account(frame)
                target = frame.book.account(frame.tenant, leg.dr)
                frame.book.post(frame.unit, source, target, back, flow)
        frame.lineage[flow] = frame.backs[flow] = Payment(legs, counts=payment.counts)
        if counter is not None and counter in payment.counts:
            owner, span, _ = payment.counts[counter]
            key = (frame.tenant, frame.scene, counter, owner, span)
            frame.tally.add(key, -(amount if workshop.money_counter(counter) else 1))
        frame.moved.append((flow, amount, "reverse"))
        return amount

    return act
