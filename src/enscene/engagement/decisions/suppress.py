"""What may not be said to a customer now, and why; at the decision, and again at delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, get_args

from enscene.engagement.decisions.contacts import Contact, Contacts, times_within
from enscene.engagement.decisions.decision import Decision, Reason
from enscene.engagement.decisions.lot import EVERYWHERE, holdout_of
from enscene.engagement.decisions.offer import Offer
from enscene.engagement.decisions.policy import ContactPolicy, Fatigue
from enscene.engagement.decisions.quiet_hours import quiet_until
from enscene.engagement.decisions.standing import Standing

CALL = "call"
_ORDER = {reason: place for place, reason in enumerate(get_args(Reason))}
_UNASKED = object()


class Stop(NamedTuple):
    """Why not, and until when where it passes with time."""

    reason: Reason
    until_us: int | None = None


class Desk:
    """The look at one customer at one moment: what is asked of every offer is found out once."""

    __slots__ = (
        "_at_us", "_channels", "_contacts", "_fatigue", "_left", "_lots", "_policy", "_standing",
    )  # fmt: skip

    def __init__(
        self,
        standing: Standing,
        policy: ContactPolicy,
        at_us: int,
        left: Mapping[str, int] | None = None,
    ) -> None:
        self._standing = standing
        self._policy = policy
        self._at_us = at_us
        self._left = left or {}
        self._contacts = standing.contacts
        self._channels: dict[str, Stop | None] = {}
        self._lots: dict[str, bool] = {}
        self._fatigue: object = _UNASKED

    def judge(self, offer: Offer) -> str | Stop:
        """The channel through which it may be said, or why not."""
        stop = None if offer.mandatory else self.stop_of(offer)
        if stop is not None:
            return stop
        stops: list[Stop] = []
        for channel in offer.channels:
            found = self.stop_at(channel, mandatory=offer.mandatory)
            if found is None:
                return channel
            stops.append(found)
        # Told is what passes soonest: quiet hours before a cap, a cap before the customer's wish.
        return max(
            stops, key=lambda s: (_ORDER[s.reason], -(s.until_us or 0)), default=Stop("no_channel")
        )

    def stop_of(self, offer: Offer) -> Stop | None:
        """What speaks against an offer through any channel."""
        standing = self._standing
        if not standing.granted:
            return Stop("consent")
        if offer.product is not None and not standing.served:
            return Stop("not_served_yet")
        if offer.product in standing.holds:
            return Stop("has_it")
        # What comes before the lots is so for both sides of an experiment alike.
        if self.is_held(EVERYWHERE):
            return Stop("holdout")
        if self.is_held(offer.campaign):
            return Stop("campaign_holdout")
        if self._contacts is not None and offer.benefit in self._contacts.benefits:
            return Stop("same_benefit")
        if offer.cost > self._left.get(offer.campaign, offer.cost):
            return Stop("budget")
        return self._tired()

    def stop_at(self, channel: str, *, mandatory: bool = False) -> Stop | None:
        """What speaks against a channel."""
        if self._contacts is not None and channel in self._contacts.refused:
            return Stop("no_channel")
        if channel == CALL and self._standing.do_not_call:
            return Stop("do_not_call")
        if mandatory:
            return None
        if channel not in self._channels:
            self._channels[channel] = self._capped(channel) or self._quiet(channel)
        return self._channels[channel]

    def is_held(self, lot: str) -> bool:
        """Whether the customer is held out in this lot."""
        if lot not in self._lots:
            policy = self._policy
            every = policy.holdout_per_mille
            share = every if lot == EVERYWHERE else policy.campaign_holdouts.get(lot, 0)
            self._lots[lot] = share > 0 and holdout_of(policy.salt, lot, self._standing.key) < share
        return self._lots[lot]

    def _tired(self) -> Stop | None:
        if self._fatigue is _UNASKED:
            fatigue, contacts = self._policy.fatigue, self._contacts
            until = None
            if fatigue is not None and contacts is not None:
                until = _rests_until(contacts, fatigue, self._at_us)
            self._fatigue = None if until is None else Stop("fatigue", until)
        assert self._fatigue is None or isinstance(self._fatigue, Stop)
        return self._fatigue

    def _capped(self, channel: str) -> Stop | None:
        if self._contacts is None:
            return None
        until: int | None = None
        for cap in self._policy.caps:
            if cap.channel in (None, channel):
                times = times_within(self._contacts, cap.channel, self._at_us, cap.within_us)
                if len(times) >= cap.times:
                    until = max(until or 0, times[-cap.times] + cap.within_us)
        return None if until is None else Stop("cap", until)

    def _quiet(self, channel: str) -> Stop | None:
        quiet = self._policy.quiet
        if quiet is None or channel not in quiet.channels:
            return None
        until = quiet_until(quiet, self._standing.zone or self._policy.zone, self._at_us)
        return None if until is None else Stop("quiet_hours", until)


def _rests_until(contacts: Contacts, fatigue: Fatigue, at_us: int) -> int | None:
    """When the customer has been left alone long enough; None where nothing wearied them."""
    row: list[Contact] = []
    for each in contacts.newest_first():
        if each.outcome.is_answer or (row and row[-1].at_us - each.at_us >= fatigue.rest_us):
            break
        row.append(each)
    if len(row) < fatigue.after:
        return None
    until = row[0].at_us + fatigue.rest_us
    return until if at_us < until else None


def may_still_say(
    what: Decision | Offer, channel: str, standing: Standing, policy: ContactPolicy, at_us: int
) -> Reason | None:
    """Why it may not be said through this channel any more, now that it is about to be; None where
    it may. Of a decision its own contact does not stand in its way."""
    if isinstance(what, Decision):
        offer = what.chosen
        assert offer is not None, "nothing is delivered of a decision to say nothing"
        if standing.contacts is not None:
            others = standing.contacts.copy()
            others.take_back(what.at_us, offer.campaign, offer.name)
            standing = replace(standing, contacts=others)
    else:
        offer = what
    desk = Desk(standing, policy, at_us)
    stop = None if offer.mandatory else desk.stop_of(offer)
    stop = stop or desk.stop_at(channel, mandatory=offer.mandatory)
    return None if stop is None else stop.reason
