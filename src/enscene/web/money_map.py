"""The money map: a scene's accounts and flows as a picture, drawn without a script.

Accounts stand in columns from where money comes in to where it ends up; each flow is a line, as
wide as what went over it, with the sum written at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enscene.scenes.language import Pack
from enscene.scenes.language.model import Account
from enscene.web.map_labels import Curve, Rect, place_label, width_of
from enscene.web.render import money

BOX_WIDTH, BOX_HEIGHT, ROW, COLUMN, MARGIN = 168, 52, 70, 272, 8
_COLUMNS = {"stored_value": 1, "card": 1, "pool": 1, "settlement": 2, "income": 3}


@dataclass(frozen=True, slots=True)
class Box:
    """An account on the map."""

    name: str
    title: str
    owner: str
    kind: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """A way of money between two accounts. `minor` went over it; `path` is an SVG path. The sum is
    written in `label`, around whose middle it stands; None where nothing moved."""

    flow: str
    title: str
    source: str
    target: str
    minor: int
    moves: int
    released: bool
    path: str
    width: float
    sum: str = ""
    label: Rect | None = None


@dataclass(frozen=True, slots=True)
class MoneyMap:
    """Boxes and lines with the size of the picture."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    @property
    def busy(self) -> bool:
        """Whether anything went over any line."""
        return any(line.moves for line in self.lines)


def draw_flows(
    pack: Pack,
    language: str,
    volumes: Mapping[tuple[str, str, str], tuple[int, int]] | None = None,
) -> MoneyMap:
    """The map of a pack; `volumes` are (moves, minor units) by flow, source and target."""
    boxes = _boxes(pack, language)
    found = volumes or {}
    most = max((minor for _, minor in found.values()), default=0)
    lines: list[Line] = []
    taken = [Rect(box.x, box.y, BOX_WIDTH, BOX_HEIGHT) for box in boxes.values()]
    ways: dict[tuple[str, str], int] = defaultdict(int)
    for flow, source, target in _ways(pack, found):
        if source not in boxes or target not in boxes:
            continue
        moves, minor = found.get((flow, source, target), (0, 0))
        place = ways[source, target]
        ways[source, target] += 1
        curve = _curve(boxes[source], boxes[target], place)
        written, label = money(minor, pack.currency) if moves else "", None
        if moves:
            label = place_label(curve, width_of(written), taken)
            taken.append(label)
        lines.append(
            Line(
                flow,
                pack.texts[language].get(f"flows.{flow}", flow),
                source,
                target,
                minor,
                moves,
                flow in pack.flows and source in pack.flows[flow].release,
                curve.path,
                1.5 + (9.0 * minor / most if most else 0.0),
                written,
                label,
            )
        )
    return MoneyMap(
        round(max((rect.right for rect in taken), default=0)) + MARGIN,
        round(max((rect.bottom for rect in taken), default=0)) + MARGIN * 2,
        tuple(boxes.values()),
        tuple(lines),
    )


def _boxes(pack: Pack, language: str) -> dict[str, Box]:
    columns: dict[int, list[Account]] = defaultdict(list)
    for account in pack.accounts.values():
        column = 0 if account.outside else _COLUMNS.get(account.role, 2)
        columns[column].append(account)
    texts = pack.texts[language]
    tallest = max(len(accounts) for accounts in columns.values())
    boxes = {}
    for place, column in enumerate(sorted(columns)):
        accounts = columns[column]
        above = (tallest - len(accounts)) * ROW // 2
        for row, account in enumerate(accounts):
            boxes[account.name] = Box(
                account.name,
                texts.get(f"accounts.{account.name}", account.name),
                texts.get(f"parties.{account.of}", account.of),
                account.kind,
                MARGIN + place * COLUMN,
                MARGIN + above + row * ROW,
            )
    return boxes


def _ways(
    pack: Pack, volumes: Mapping[tuple[str, str, str], tuple[int, int]]
) -> Sequence[tuple[str, str, str]]:
    """Declared ways first, then those that only refunds took."""
    declared = [
        (flow.name, source.account, target.account)
        for flow in pack.flows.values()
        for source in flow.sources
        for target in flow.targets
    ]
    return list(dict.fromkeys([*declared, *volumes]))


def _curve(source: Box, target: Box, place: int) -> Curve:
    """A curve from the side of one box to the side of the other."""
    shift = place * 9 - 4
    y0 = source.y + BOX_HEIGHT // 2 + shift
    y1 = target.y + BOX_HEIGHT // 2 + shift
    if target.x > source.x:
        x0, x1 = source.x + BOX_WIDTH, target.x
        bend = (x1 - x0) // 2
        return Curve(x0, y0, x0 + bend, x1 - bend, x1, y1)
    if target.x == source.x:
        x0 = x1 = source.x + BOX_WIDTH
        return Curve(x0, y0, x0 + 46, x1 + 46, x1, y1)
    # Back towards the outside: below the boxes' middles, so that it is seen apart.
    x0, x1 = source.x, target.x + BOX_WIDTH
    y0, y1 = y0 + 12, y1 + 12
    bend = max(40, (x0 - x1) // 2)
    return Curve(x0, y0, x0 - bend, x1 + bend, x1, y1)
