"""Campaigns in words: when they speak, what they say, and what a version changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enscene.engagement.campaigns import CampaignBody, ContactRules
from enscene.engagement.campaigns.campaign import Moment, Offer
from enscene.engagement.campaigns.contact_rules import Cap
from enscene.engagement.campaigns.vocabulary import Vocabulary, read_vocabulary
from enscene.kernel.documents.chinese import in_chinese
from enscene.kernel.errors import EnsceneError
from enscene.kernel.money import parse_money
from enscene.web.console import Visit
from enscene.web.event_words import product_name
from enscene.web.language import Texts
from enscene.web.render import money


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a campaign as it was and as it is; empty where it was not there."""

    label: str
    before: str
    after: str


class CampaignWords:
    """Names of a tenant's events and products, in the visitor's language."""

    def __init__(self, visit: Visit, vocabulary: Vocabulary) -> None:
        self._visit, self._t = visit, visit.t
        self.vocabulary = vocabulary
        self.events = {
            kind: self._event(kind) for kind in vocabulary.kinds
        }  # fmt: skip

    def event(self, kind: str) -> str:
        """`智慧食堂 · 扫码支付`; the kind itself where no scene does it."""
        return self.events.get(kind, kind)

    def names(self, kinds: Iterable[str]) -> str:
        return self._t("campaigns.or").join(f"「{self.event(kind)}」" if self._t.language == "zh"
                                            else f"“{self.event(kind)}”" for kind in kinds)  # fmt: skip

    def amount(self, text: str, currency: str) -> str:
        """An amount of a campaign that was checked."""
        return money(parse_money(text, currency), currency)

    def span(self, text: str) -> str:
        return span_words(text, self._t)

    def moment(self, moment: Moment, currency: str) -> str:
        """When it speaks, in one sentence."""
        name, held = moment.pattern
        t = self._t
        facts: dict[str, str] = {}
        if name == "after":
            facts = {"events": self.names(held)}
        elif name == "sequence":
            facts = {"events": t("campaigns.then").join(self.event(each) for each in held.steps)}
        elif name == "absent":
            facts = {"events": self.names(held.after), "without": self.names(held.without)}
        else:
            facts = {"events": self.names(held.of)}
        for field in ("within", "span"):
            if hasattr(held, field):
                facts["span"] = self.span(getattr(held, field))
        if name == "count":
            facts["times"] = str(held.at_least)
        if name == "sum":
            facts["amount"] = self.amount(held.reaches, currency)
        if name in ("sum", "crosses"):
            facts["field"] = held.field
        if name == "crosses":
            name = "crosses_below" if held.below is not None else "crosses_above"
            facts["amount"] = self.amount(held.below or held.above, currency)
        if name == "enters":
            facts |= {"metres": str(held.metres), "places": str(len(held.places))}
        return t(f"campaigns.says.{name}", **facts)

    def conditions(self, moment: Moment) -> list[str]:
        """Expressions that must hold besides."""
        only = getattr(moment.count, "only", None)
        return [each for each in (only, moment.only_if) if each]

    def offer(self, offer: Offer, currency: str) -> str:
        """What is offered and under which assumptions, in one line."""
        t = self._t
        what = [t(f"campaigns.kinds.{offer.kind}")]
        if offer.product is not None:
            what.append(t("campaigns.of_product", name=product_name(self._visit, offer.product)))
        if offer.benefit is not None:
            what.append(t("campaigns.of_benefit", name=offer.benefit))
        if offer.gives is not None:
            what.append(t("benefits.pays_for", kind=t(f"benefits.kinds.{offer.gives}")))
        what.append(t("campaigns.worth", value=self.amount(offer.value, currency),
                      cost=self.amount(offer.cost, currency)))  # fmt: skip
        if offer.kind == "offer":
            what.append(t("campaigns.expects", share=f"{offer.expected:.1%}"))
        what.append(t("campaigns.through", channels=channel_names(offer.channels, t)))
        return t("semicolon").join(what)

    def title(self, body: CampaignBody) -> str:
        return body.title.zh if self._t.language == "zh" else body.title.en

    def offer_title(self, offer: Offer) -> str:
        return offer.title.zh if self._t.language == "zh" else offer.title.en

    def lines(self, body: CampaignBody) -> dict[str, str]:
        """Everything that a campaign says, by labels that stay from version to version."""
        t = self._t
        found = {
            t("campaigns.title_zh"): body.title.zh, t("campaigns.title_en"): body.title.en,
            t("campaigns.owner"): body.owner, t("campaigns.line"): body.line,
            t("campaigns.purpose"): t(f"campaigns.purposes.{body.purpose}"),
            t("campaigns.days"): f"{body.starts} – {body.ends}",
            t("campaigns.budget"): self.amount(body.budget, body.currency),
            t("campaigns.holdout"): f"{body.holdout / 10:g}%",
        }  # fmt: skip
        for name, moment in body.moments.items():
            says = [self.moment(moment, body.currency), *self.conditions(moment)]
            says.append("→ " + t("campaigns.listed").join(moment.offer))
            found[f"{t('campaigns.moment')} {name}"] = " ".join(says)
        for name, offer in body.offers.items():
            text = f"{self.offer_title(offer)} · {self.offer(offer, body.currency)}"
            found[f"{t('campaigns.offer')} {name}"] = text
        return found

    def changes(self, before: CampaignBody | None, after: CampaignBody) -> list[Change]:
        """What a version changes; everything where there was none before."""
        old: Mapping[str, str] = {} if before is None else self.lines(before)
        return changed(old, self.lines(after))

    def _event(self, kind: str) -> str:
        head, _, action = kind.partition(".")
        pack = self.vocabulary.packs.get(head)
        if pack is None:
            return kind
        word = self._visit.word
        return f"{word(pack, 'title')} · {word(pack, f'actions.{action}')}"


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    """Lines that differ, in their order."""
    labels = [*new, *(label for label in old if label not in new)]
    return [
        Change(label, old.get(label, ""), new.get(label, ""))
        for label in labels
        if old.get(label, "") != new.get(label, "")
    ]


async def read_words(visit: Visit) -> CampaignWords:
    """Of the scenes that the tenant has."""
    console = visit.console
    return CampaignWords(visit, await read_vocabulary(console.pool, console.host, visit.tenant))


def span_words(text: str, t: Texts) -> str:
    """`7d` as people say it."""
    one = text[:-1] == "1"
    return t(f"campaigns.{'unit' if one else 'units'}." + text[-1], count=text[:-1])


def channel_names(channels: Iterable[str], t: Texts) -> str:
    return t("campaigns.listed").join(t(f"campaigns.channels.{each}") for each in channels)


def cap_words(cap: Cap, t: Texts) -> str:
    """One bound on how often."""
    key = "cap_all" if cap.channel is None else "cap_of"
    channel = "" if cap.channel is None else t(f"campaigns.channels.{cap.channel}")
    facts = {"times": cap.times, "span": span_words(cap.within, t)}
    return t(f"campaigns.{key}", **facts, **({"channel": channel} if channel else {}))


def rules_lines(rules: ContactRules, t: Texts) -> dict[str, str]:
    """The rules of contact by labels."""
    quiet, fatigue = rules.quiet, rules.fatigue
    return {
        t("campaigns.caps"): t("semicolon").join(cap_words(each, t) for each in rules.caps)
        or t("campaigns.unbound"),
        t("campaigns.quiet"): t("campaigns.unbound") if quiet is None else t(
            "campaigns.quiet_says", begins=quiet.begins, ends=quiet.ends,
            channels=channel_names(quiet.channels, t),
        ),
        t("campaigns.fatigue"): t("campaigns.unbound") if fatigue is None else t(
            "campaigns.fatigue_says", times=fatigue.after, span=span_words(fatigue.rest, t)
        ),
        t("campaigns.holdout_all"): f"{rules.holdout / 10:g}%",
        t("campaigns.floor"): f"{rules.floor / 10:g}%",
    }  # fmt: skip


def fault_words(error: EnsceneError, t: Texts) -> str:
    """What is wrong and what to do, in the visitor's language."""
    own = t.known(f"problems.{error.code}")
    if t.language == "zh":
        said = t.problem(error.code, error.facts, "") if own else in_chinese(error.said)
        hint = "" if error.advice is None else in_chinese(error.advice)
    else:
        said = t.problem(error.code, error.facts, error.detail)
        hint = error.hint or ""
    if (
        error.code in ("campaign.kind", "campaign.product", "campaign.unfit")
        and "name" in error.facts
    ):
        said = (
            f"{said}: {error.facts['name']}"
            if t.language == "en"
            else f"{said}：{error.facts['name']}"
        )
    return t("semicolon").join(part for part in (said, hint) if part)
