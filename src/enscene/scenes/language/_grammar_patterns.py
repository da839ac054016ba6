"""The grammar of what a moment waits for, where it waits for more than one action."""

from __future__ import annotations

from enscene.kernel.documents.shapes import Many, OrOption, Record
from enscene.scenes.language._grammar_words import DURATION, EXPR, INT, NAME, key, must

OF = must("of", Many(NAME), "actions that it looks at", "关注的动作")
FIELD = must("field", EXPR, "an amount of each of these actions", "各动作的金额或数量")
WITHIN = must("within", OrOption(), "the span, a duration or {option: name}", "时间跨度")

COUNTED = Record(
    "counted",
    (
        OF,
        must("at_least", OrOption(), "so many, 2 to 50, or {option: name}", "至少几次（2-50）"),
        WITHIN,
        key("only", EXPR, "only those count for which this holds", "只计满足此条件的"),
    ),
)
SUMMED = Record(
    "summed",
    (OF, FIELD, must("reaches", OrOption(), "the sum, or {option: name}", "合计达到"), WITHIN),
)
FOLLOWED = Record(
    "followed",
    (must("steps", Many(NAME), "2 to 5 actions, one after the other", "依次发生的动作"), WITHIN),
)
MISSING = Record(
    "missing",
    (
        must("after", Many(NAME), "one of these comes", "发生其中之一"),
        must("without", Many(NAME), "and then none of these", "此后未发生其中任何一个"),
        must("span", OrOption(), "for so long, or {option: name}", "持续多久"),
    ),
)
CROSSING = Record(
    "crossing",
    (
        OF,
        FIELD,
        key("below", OrOption(), "it falls below this", "降到其下"),
        key("above", OrOption(), "or rises above this", "或升到其上"),
    ),
)
PLACE = Record(
    "place",
    (
        must("lat_e5", INT, "north, in hundred-thousandths of a degree", "纬度（十万分之一度）"),
        must("lon_e5", INT, "east", "经度"),
    ),
)
ENTERING = Record(
    "entering",
    (
        must("places", Many(PLACE), "up to 500 places", "地点，至多 500 个"),
        must("metres", OrOption(), "how near, 20 to 50000, or {option: name}", "半径（米）"),
    ),
)
PATTERN = Record(
    "pattern",
    (
        key("after", Many(NAME), "one of these actions", "发生其中一个动作"),
        key("count", COUNTED, "so many within a span", "一段时间内达到次数"),
        key("sum", SUMMED, "an amount adds up within a span", "一段时间内累计达到"),
        key("sequence", FOLLOWED, "one after the other within a span", "一段时间内依次发生"),
        key("absent", MISSING, "something does not come for so long", "一段时间内没有发生"),
        key("crosses", CROSSING, "an amount crosses a bound", "越过界限"),
        key(
            "enters",
            ENTERING,
            "a position that the customer allows to be known comes near from outside",
            "客户许可的位置进入范围",
        ),
        key(
            "tolerance",
            DURATION,
            "what comes later than this is remembered and fires nothing; 10m when absent",
            "迟到超过此时长的只记不触发，默认 10m",
        ),
    ),
)
PATTERNS = tuple(each.name for each in PATTERN.keys if each.name != "tolerance")
