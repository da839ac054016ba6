"""The types of events that come from outside: one table, which checks, documents and retention read.

No type takes what people write: a score and a subject say what decisions need, and a sentence that
was never kept can neither leak nor has to be found again when its author is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from enscene.customers.spectrum import GENERAL

PREFIX = "outside."
"""Of their actions in the log. No action of a scene has a dot in it, so none can be mistaken for one
that a scene has committed."""
ACCEPTED = timedelta(days=7)
"""What is older comes too late even to be kept; an id is known again at least as long."""
SKEW = timedelta(minutes=5)
"""So far ahead may the clock be of who sends."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_DAY_MS, _HOURS_4_S = 86_400_000, 14_400


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, `least` and `most` included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Word:
    """A name of at most 64 characters: letters, digits and `._:/-`; no sentence fits in."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these words."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferId:
    """The id of an offer that a campaign made."""


Kind: TypeAlias = Whole | Word | Choice | OfferId


@dataclass(frozen=True, slots=True)
class Field:
    """`says` is what it means, in Chinese and English."""

    kind: Kind
    says: tuple[str, str]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class OutsideType:
    """`consent` is the permission of the scene without which nothing is kept; None: it tells of the
    bank's own work, or of a thing. `subject` says what sort of party it is about. `triggers_within`
    is how late it may come and still make anything speak; `kept` how long it stays in the log.
    `by_partners` is whether a partner's application may send it.
    """

    name: str
    says: tuple[str, str]
    fields: Mapping[str, Field]
    consent: str | None
    subject: Literal["person", "device"]
    triggers_within: timedelta
    kept: timedelta
    by_partners: bool = True
    version: int = 1

    @property
    def action(self) -> str:
        """What it is called in the log, and by moments of campaigns and packs."""
        return PREFIX + self.name.replace(".", "_")


_TOPIC = Field(
    Choice(tuple(GENERAL)), ("偏好主题；计入偏好光谱", "what it is about, for the spectrum"), True
)
_PAGE = Field(Word(), ("页面", "the page"))
_STAFF = Field(Word(), ("员工账号", "who of the bank's staff"))
_LASTED = Field(Whole(0, _HOURS_4_S), ("时长（秒）", "how long it took, seconds"), True)
_FOLLOW_UP = Field(
    Choice(("none", "promised", "done")), ("后续跟进", "what follows, or has followed"), True
)

_LISTED = (
    OutsideType(
        "page.viewed", ("浏览页面", "a page was looked at"),
        {"page": _PAGE,
         "dwell_ms": Field(Whole(0, _DAY_MS), ("停留时间（毫秒）", "how long, milliseconds")),
         "topic": _TOPIC},
        "recommendations", "person", 10 * MINUTE, 400 * DAY,
    ),
    OutsideType(
        "page.clicked", ("点击", "something on a page was clicked"),
        {"page": _PAGE, "target": Field(Word(), ("点击对象", "what was clicked")),
         "offer": Field(OfferId(), ("所点击的权益；回流为“已看”", "the offer that was opened"), True),
         "topic": _TOPIC},
        "recommendations", "person", 10 * MINUTE, 400 * DAY,
    ),
    OutsideType(
        "position.reported", ("位置", "where somebody is"),
        {"lat_e5": Field(Whole(-9_000_000, 9_000_000), ("纬度，十万分之一度", "north, 1e-5 degrees")),
         "lon_e5": Field(Whole(-18_000_000, 18_000_000), ("经度，十万分之一度", "east, 1e-5 degrees")),
         "accuracy_m": Field(Whole(0, 5_000), ("精度（米）", "how exact, metres"), True)},
        "position", "person", 2 * MINUTE, 30 * DAY,
    ),
    OutsideType(
        "staff.called", ("员工致电", "staff called"),
        {"staff": _STAFF,
         "outcome": Field(Choice(("reached", "no_answer", "refused")), ("结果", "what came of it")),
         "duration_s": _LASTED, "follow_up": _FOLLOW_UP},
        None, "person", DAY, 1_095 * DAY, by_partners=False,
    ),
    OutsideType(
        "staff.visited", ("员工上门", "staff visited"),
        {"staff": _STAFF,
         "outcome": Field(Choice(("met", "absent", "refused")), ("结果", "what came of it")),
         "duration_s": _LASTED, "follow_up": _FOLLOW_UP},
        None, "person", DAY, 1_095 * DAY, by_partners=False,
    ),
    OutsideType(
        "staff.replied", ("员工答复", "staff replied to the customer"),
        {"staff": _STAFF,
         "reply_s": Field(Whole(0, 30 * 86_400), ("答复用时（秒）", "how long the customer waited, seconds")),
         "channel": Field(Choice(("app", "phone", "message", "mail", "counter")), ("渠道", "how"), True),
         "follow_up": _FOLLOW_UP},
        None, "person", DAY, 1_095 * DAY, by_partners=False,
    ),
    OutsideType(
        "feedback.given", ("评价", "what a customer thinks: a score, never the words"),
        {"score": Field(Whole(0, 10), ("评分 0 至 10", "0 to 10")),
         "topic": _TOPIC,
         "channel": Field(Choice(("survey", "social", "app", "call")), ("来源", "where it was said")),
         "product": Field(Word(), ("产品", "of which product"), True)},
        "recommendations", "person", HOUR, 400 * DAY,
    ),
    OutsideType(
        "device.reported", ("设备事件", "a device tells of itself"),
        {"metric": Field(Word(), ("指标", "what was measured")),
         "value": Field(Whole(-(10**12), 10**12), ("数值，最小单位", "how much, smallest units"))},
        None, "device", 10 * MINUTE, 90 * DAY,
    ),
)  # fmt: skip
TYPES: Mapping[str, OutsideType] = {each.name: each for each in _LISTED}
BY_ACTION: Mapping[str, OutsideType] = {each.action: each for each in _LISTED}
