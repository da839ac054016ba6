"""Flows as transfer plans: who gives as far as it goes, who gets which part."""

from __future__ import annotations

from collections.abc import Callable

from enscene.blocks import Frame, Moves, Value
from enscene.kernel.errors import Refused
from enscene.kernel.money import portion_of
from enscene.ledger import Account, InsufficientFunds

Find = Callable[[Frame], Account]


class FlowSource:
    """`most` bounds what it gives; `rest` must give whatever is left."""

    __slots__ = ("account", "condition", "find", "most", "rest")

    def __init__(
        self, account: str, find: Find, most: Value | None, rest: bool, condition: Value | None
    ) -> None:
        self.account = account
        self.find = find
        self.most = most
        self.rest = rest
        self.condition = condition


class FlowTarget:
    """Gets a portion of the whole, an amount, or what is left."""

    __slots__ = ("amount", "find", "portion")

    def __init__(self, find: Find, portion: Value | None, amount: Value | None) -> None:
        self.find = find
        self.portion = portion
        self.amount = amount


def plan_flow(
    name: str,
    send: Value,
    sources: list[FlowSource],
    targets: list[FlowTarget],
    release: dict[str, Value],
) -> Moves:
    """The plan of a flow: on a frame, the legs that move `send` in all.

    Raises on a frame: InsufficientFunds, Refused (nothing to move, parts above the whole, money
    under rules not released).
    """

    def plan(frame: Frame) -> list[tuple[Account, Account, int]]:
        whole = send(frame)
        if whole <= 0:
            if whole == 0:
                return []
            raise Refused("a flow cannot move less than nothing", code="flow.negative")
        given = _gather(frame, whole, sources, release)
        wanted = _spread(frame, whole, targets)
        return _match(given, wanted)

    return plan


def _gather(
    frame: Frame, whole: int, sources: list[FlowSource], release: dict[str, Value]
) -> list[tuple[Account, int]]:
    left = whole
    given: list[tuple[Account, int]] = []
    for source in sources:
        if left == 0:
            break
        if source.condition is not None and not source.condition(frame):
            continue
        account = source.find(frame)
        if source.rest:
            part = left
        else:
            most = left if source.most is None else min(left, max(0, source.most(frame)))
            part = frame.book.take_up_to(account, most) if most else 0
        if part:
            condition = release.get(source.account)
            if condition is not None and not condition(frame):
                raise Refused(
                    f"the money in {source.account} is not released", code="flow.not_released"
                )
            given.append((account, part))
            left -= part
    if left:
        raise InsufficientFunds(
            "there is not enough to move", facts={"account": sources[-1].account}
        )
    return given


def _spread(frame: Frame, whole: int, targets: list[FlowTarget]) -> list[tuple[Account, int]]:
    left = whole
    wanted = []
    rest = None
    for target in targets:
        if target.portion is not None:
            part = portion_of(whole, target.portion(frame))
        elif target.amount is not None:
            part = target.amount(frame)
        else:
            rest = target
            continue
        if part < 0 or part > left:
            raise Refused("the parts are more than the whole", code="flow.parts_exceed_whole")
        if part:
            wanted.append((target.find(frame), part))
        left -= part
    if left:
        if rest is None:
            raise Refused("the parts are less than the whole", code="flow.parts_below_whole")
        wanted.append((rest.find(frame), left))
    return wanted


def _match(
    given: list[tuple[Account, int]], wanted: list[tuple[Account, int]]
) -> list[tuple[Account, Account, int]]:
    """Fill the targets from the sources in order: at most one leg less than both together."""
    legs = []
    queue = iter(given)
    account, stock = next(queue)
    for target, part in wanted:
        while part:
            if stock == 0:
                account, stock = next(queue)
            step = min(part, stock)
            legs.append((account, target, step))
            part -= step
            stock -= step
    return legs
