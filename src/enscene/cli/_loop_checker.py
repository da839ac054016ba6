"""Count what a running bank keeps of what it said against the rules that were approved.

It asks the same checker as `loop demo`, and neither of them knows anything of whoever decides: the
lots are drawn here once more, as docs/engagement.md states them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from enscene.cli._loop_kept import Delivered, Kept
from enscene.simulator.needs import Said, Words, check_contacts, read_words

EVERYWHERE = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """`violations` by kind; how many deliveries were looked at, and of how many customers."""

    violations: dict[str, int]
    deliveries: int
    customers: int

    @property
    def in_all(self) -> int:
        """All kinds together."""
        return sum(self.violations.values())


def check_kept(kept: Kept) -> Counted:
    """Each delivery is judged by when it reached its customer. Of moments of packs neither lots nor
    offers are asked about: no campaign says what they may be."""
    words, said = _words(kept), [_said(each, kept) for each in kept.delivered]
    packs = {
        (each.campaign, each.offer): (each.benefit, frozenset({each.channel}))
        for each, row in zip(said, kept.delivered, strict=True) if row.of_pack
    }  # fmt: skip
    asked = Words(
        words.zone, words.caps, words.quiet, words.quiet_channels, words.rest,
        {**(words.offers or {}), **packs},
    )  # fmt: skip
    broken = Counter(check_contacts(said, asked))
    broken["holdout"] += sum(_held_out(kept, words.holdout))
    broken["consent"] += sum(_without_consent(kept))
    return Counted(dict(broken), len(said), len({each.customer for each in said}))


def checks_of(kept: Kept, found: Counted, told: int) -> dict[str, bool]:
    """What has to hold of it; `told` is how much was said as the API has it."""
    return {
        "all that was said is kept, and was looked at": found.deliveries == told > 0,
        "the rules that were approved held all the time": not kept.changed,
        "no rule of contact is broken in what the bank keeps": not found.in_all,
    }


def _words(kept: Kept) -> Words:
    """By the checker's own reading: it knows files alone."""
    with TemporaryDirectory(prefix="enscene-kept-") as folder:
        rules = Path(folder) / "rules"
        rules.write_text(json.dumps(dict(kept.rules)), "utf-8")
        campaigns: dict[str, Path] = {}
        for ref, body in kept.campaigns.items():
            campaigns[ref] = Path(folder) / f"campaign-{len(campaigns)}"
            campaigns[ref].write_text(json.dumps(dict(body)), "utf-8")
        return read_words(rules, campaigns, kept.zone, kept.tenant)


def _said(each: Delivered, kept: Kept) -> Said:
    campaign, _, offer = each.key.partition("/")
    return Said(
        each.at, str(each.customer), campaign, offer, each.benefit, each.channel,
        _is_news(each, kept), each.answered,
    )  # fmt: skip


def _is_news(each: Delivered, kept: Kept) -> bool:
    """Whether the campaign says that it must be said."""
    campaign, _, offer = each.key.partition("/")
    known = kept.campaigns.get(campaign, {}).get("offers", {}).get(offer, {})
    return not each.of_pack and known.get("kind") == "news"


def _held_out(kept: Kept, everywhere: int) -> Iterator[bool]:
    """Of each, whether a lot holds its customer out: of everything, or of its campaign."""
    for each in kept.delivered:
        if each.of_pack or _is_news(each, kept):
            continue
        ref = each.key.partition("/")[0]
        share = kept.campaigns.get(ref, {}).get("holdout", 0)
        yield (
            _place(kept.tenant, "", each.customer) < everywhere
            or _place(kept.tenant, ref, each.customer) < share
        )


def _place(salt: str, lot: str, customer: int) -> int:
    digest = blake2b(f"{salt}\0{lot}\0{customer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 1_000


def _without_consent(kept: Kept) -> Iterator[int]:
    """Scene by scene, as permissions are given."""
    bare = Words(kept.zone, ())
    for scene in {each.scene for each in kept.delivered}:
        own = [_said(each, kept) for each in kept.delivered if each.scene == scene]
        yield check_contacts(own, bare, _refused(kept, scene))["consent"]


Times = Sequence[tuple[datetime, datetime | None]]


def _refused(kept: Kept, scene: int) -> dict[str, Times]:
    """From when until before when each customer allowed nothing in a scene."""
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    began: dict[tuple[int, int], datetime] = {}
    for each in kept.consents:
        if each.scene not in (EVERYWHERE, scene):
            continue
        where = (each.customer, each.scene)
        if not each.granted:
            began.setdefault(where, each.at)
        elif where in began:
            found.setdefault(str(each.customer), []).append((began.pop(where), each.at))
    for (customer, _), since in began.items():
        found.setdefault(str(customer), []).append((since, None))
    return {customer: tuple(times) for customer, times in found.items()}
