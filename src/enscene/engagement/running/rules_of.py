"""Campaigns as rules of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from enscene.engagement.campaigns import Campaign
from enscene.engagement.campaigns.campaign import (
    Counted,
    Crossing,
    Entering,
    Followed,
    Missing,
    Moment,
    Summed,
)
from enscene.engagement.campaigns.check_against_scenes import speaking
from enscene.engagement.campaigns.offers_of import micros_in, span_us
from enscene.engagement.campaigns.vocabulary import Vocabulary
from enscene.engagement.engine import (
    Absent,
    After,
    Count,
    Crosses,
    Enters,
    Pattern,
    Rule,
    Sum,
    compile_rules,
    kinds_of,
)
from enscene.engagement.engine import Sequence as InSequence
from enscene.engagement.outside import BY_ACTION
from enscene.engagement.running.campaign_decider import SERVED
from enscene.kernel.expressions import Expression
from enscene.kernel.money import parse_money


def rules_of(campaigns: Sequence[Campaign], vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """One rule a moment, called `campaign/moment`. A moment that waits for an event which the
    tenant's scenes no longer have is left out. Raises: Invalid."""
    return compile_rules(
        Rule(
            f"{campaign.ref}/{name}", campaign.ref,
            _pattern(moment, campaign.body.currency, vocabulary),
            _condition(moment, vocabulary), _tolerance_us(moment),
        )
        for campaign in campaigns
        for name, moment in campaign.body.moments.items()
        if all(kind in vocabulary.kinds for kind in _kinds(moment))
    )  # fmt: skip


def heard_by(rules: Sequence[Rule]) -> frozenset[str]:
    """The events that rules look at; and that somebody was served, where those from outside are
    among them."""
    kinds = frozenset(kind for rule in rules for kind in kinds_of(rule.pattern))
    return kinds | {SERVED} if kinds & BY_ACTION.keys() else kinds


def _tolerance_us(moment: Moment) -> int:
    """As the moment says, and no longer than any event from outside that it looks at may make
    something speak."""
    most = [BY_ACTION[kind].triggers_within for kind in _kinds(moment) if kind in BY_ACTION]
    return min([span_us(moment.tolerance), *(micros_in(each) for each in most)])


def _condition(
    moment: Moment, vocabulary: Vocabulary
) -> Expression | Mapping[str, Expression] | None:
    if moment.only_if is None:
        return None
    if moment.absent is not None:
        return vocabulary.condition_alone(moment.only_if, "if")
    return vocabulary.condition(moment.only_if, speaking(moment), "if")


def _pattern(moment: Moment, currency: str, vocabulary: Vocabulary) -> Pattern:
    match moment.pattern[1]:
        case Counted(of, at_least, within, only):
            told = None if only is None else vocabulary.condition(only, of, "only")
            return Count(of, at_least, span_us(within), told)
        case Summed(of, field, reaches, within):
            amount = vocabulary.amount(field, of, "field")
            return Sum(of, amount, parse_money(reaches, currency), span_us(within))
        case Followed(steps, within):
            return InSequence(steps, span_us(within))
        case Missing(after, without, span):
            return Absent(after, without, span_us(span))
        case Crossing(of, field, below, above):
            low, high = (
                None if text is None else parse_money(text, currency) for text in (below, above)
            )
            return Crosses(of, vocabulary.amount(field, of, "field"), low, high)
        case Entering(of, places, metres):
            return Enters(of, tuple((each.lat_e5, each.lon_e5) for each in places), metres)
        case kinds:
            return After(tuple(kinds))


def _kinds(moment: Moment) -> Sequence[str]:
    held: Any = moment.pattern[1]
    if isinstance(held, tuple):
        return held
    return [
        kind for field in ("of", "steps", "after", "without") for kind in getattr(held, field, ())
    ]
