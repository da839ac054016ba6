"""`loop demo`: play cycles of the loop in simulated towns, and say what they brought."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from os import cpu_count
from pathlib import Path
from statistics import fmean
from typing import Any, TypeVar
from uuid import UUID, uuid5

import msgspec
import yaml

from enscene.cli._loop_town import BEGINS, Result, TownBank, sizes_of
from enscene.engagement.campaigns import CampaignBody, ContactRules
from enscene.engagement.campaigns.offers_of import policy_of
from enscene.engagement.decisions import ContactPolicy, holdout_of
from enscene.engagement.experiments import (
    Plan,
    Sums,
    check_ratio,
    check_split,
    compare_groups,
    watch_experiment,
)
from enscene.engagement.loops import Cycle, optimise_policy
from enscene.kernel.errors import Invalid
from enscene.simulator.needs import Said, Town, Words, check_contacts, read_truth

T = TypeVar("T")
FOLDER = Path(__file__).parents[3] / "examples" / "loop"
DAYS = 28
GIFTS_PER_HEAD = 2.0
"""Gifts a customer and cycle that a group may make: fewer than the caps would let through, so that
both groups give away all they have."""
LOOKED_FOR = 0.15
OWNER = "wang@bank"
_SPACE = UUID("6d0a4f1e-55f1-4b8d-9f0e-2f1d0c9b7a33")


@dataclass(frozen=True, slots=True)
class Order:
    """What is played: files and how often."""

    truth: Path
    cycles: int
    seed: int


@dataclass(frozen=True, slots=True)
class Played:
    """One town: sums of both groups and of nobody by cycle, and what the checks say."""

    seed: int
    cycles: tuple[dict[str, Any], ...]
    sums: tuple[tuple[Sums, Sums, Sums], ...]
    violations: dict[str, int]
    gifts: tuple[tuple[int, int], ...]
    aa: tuple[int, int, int]


def demo(
    truth: Path, cycles: int, seeds: int, tell: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Play `cycles` cycles in `seeds` towns. Raises: Invalid (a file)."""
    read_truth(truth)
    read_campaign(FOLDER / "campaign.yaml")
    orders = [Order(truth, cycles, seed) for seed in range(1, seeds + 1)]
    played = []
    with ProcessPoolExecutor(min(cpu_count() or 1, seeds)) as pool:
        for each in pool.map(play, orders):
            played.append(each)
            if tell:
                tell(f"{len(played)}/{seeds}")
    return report(played)


def read_campaign(path: Path) -> CampaignBody:
    """Raises: Invalid."""
    body = _read(path, CampaignBody)
    body.check()
    return body


def read_contact_rules(path: Path) -> ContactRules:
    """Raises: Invalid."""
    rules = _read(path, ContactRules)
    rules.check()
    return rules


def _read(path: Path, of: type[T]) -> T:
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), of, strict=False)
    except (OSError, yaml.YAMLError, msgspec.ValidationError) as fault:
        raise Invalid(f"{path}: {fault}", code="loop.file", param=path.name) from None


def play(order: Order) -> Played:
    """One town, all cycles."""
    body = read_campaign(FOLDER / "campaign.yaml")
    rules = read_contact_rules(FOLDER / "contact_rules.yaml")
    policy = policy_of(rules, (), zone="Asia/Shanghai", salt=f"loop {order.seed}", version=1)
    town = Town(read_truth(order.truth), order.seed)
    bank = TownBank(town, body, policy, order.seed)
    before = bank.watch(DAYS)
    sizes = sizes_of(bank.customers)
    gifts_a_day = int(min(sizes["learnt"], sizes["rules"]) * GIFTS_PER_HEAD / DAYS) * 100
    tried: list[Any] = []
    cycles, sums, gifts = [], [], []
    last = before
    for number in range(1, order.cycles + 1):
        result = bank.speak(DAYS, gifts_a_day)
        tried += result.tried
        groups = tuple(
            Sums.over(zip(result.earned[g], before.earned[g], strict=True))
            for g in ("learnt", "rules", "nobody")
        )
        optimised = optimise_policy(bank.names, tried, judged=result.judged, floor=policy.floor)
        cycles.append(
            _told(order.seed, number, last, result, groups, optimised, bank.model.version)
        )
        if optimised.against_last is None or optimised.against_last.verdict != "worse":
            bank.model = optimised.model
        sums.append((groups[0], groups[1], groups[2]))
        gifts.append((result.gifts["learnt"], result.gifts["rules"]))
        last = result
    aa = _against_itself(before, order.seed)
    return Played(
        order.seed, tuple(cycles), tuple(sums), violations_of(bank.said, rules, policy),
        tuple(gifts), aa,
    )  # fmt: skip


def violations_of(
    said: Sequence[Said], rules: ContactRules, policy: ContactPolicy
) -> dict[str, int]:
    """Counted by the checker that shares nothing with the decisions. A day is 86,400 seconds."""
    quiet = policy.quiet
    words = Words(
        policy.zone,
        tuple((cap.times, cap.within_us / 86_400_000_000, cap.channel) for cap in policy.caps),
        None if quiet is None else (quiet.from_min, quiet.until_min),
        frozenset() if rules.quiet is None else frozenset(rules.quiet.channels),
    )
    return check_contacts(said, words)


def _against_itself(before: Result, seed: int) -> tuple[int, int, int]:
    values = [value for group in before.earned.values() for value in group]
    rows = [(f"{seed}:{n}", float(value), 0.0) for n, value in enumerate(values)]
    found = check_split(rows, lambda name, key: holdout_of("", name, key), 100)
    return found.splits, found.told, found.allowed


def _told(
    seed: int, number: int, last: Result, result: Result, groups: tuple[Sums, ...], optimised: Any,
    model: int,
) -> dict[str, Any]:  # fmt: skip
    learnt, rules, nobody = groups
    found = compare_groups(learnt, rules)
    against = optimised.against_last
    begins = BEGINS + timedelta(days=DAYS * number)
    ends = begins + timedelta(days=DAYS)
    cycle = Cycle(uuid5(_SPACE, f"{seed}:{number}"), number, "town")
    cycle.done("insight", begins, begins, OWNER,
               earned_before=round(fmean(v for g in last.earned.values() for v in g)))  # fmt: skip
    cycle.done(
        "reach", begins, ends, OWNER, words=dict(result.words), not_said=dict(result.suppressed)
    )
    cycle.done("identify", begins, ends, OWNER, customers=[learnt.count, rules.count, nobody.count])
    cycle.done("serve", begins, ends, OWNER, gifts=dict(result.gifts))
    cycle.done("feedback", begins, ends, OWNER, taken=dict(result.taken))
    watched = watch_experiment(
        Plan(LOOKED_FOR * rules.mean, learnt.count + rules.count, (0.5, 0.5)), learnt, rules
    )
    cycle.done(
        "analyse", ends, ends, OWNER, uplift=_uplift(found), word=watched.word,
        offers_at_all=_uplift(compare_groups(rules, nobody)),
        sample_ratio_p=round(watched.split.p, 4),
    )  # fmt: skip
    cycle.done(
        "optimise", ends, ends, OWNER, model_before=model, model_after=optimised.model.version,
        off_policy=None if against is None else {
            "gain": round(against.gain.value, 1), "low": round(against.gain.low, 1),
            "high": round(against.gain.high, 1), "verdict": against.verdict,
            "effective": round(against.gain.effective, 1), "taken": against.verdict != "worse",
        },
    )  # fmt: skip
    return cycle.to_json()


def _uplift(found: Any) -> dict[str, float]:
    """As shares of what a customer of the other group brings."""
    return {
        "value": round(found.value / found.control, 4),
        "low": round(found.low / found.control, 4),
        "high": round(found.high / found.control, 4),
    }


def report(played: Sequence[Played]) -> dict[str, Any]:
    """All towns together."""
    by_cycle = []
    for place in range(len(played[0].sums)):
        learnt, rules, nobody = (
            sum((each.sums[place][group] for each in played), Sums()) for group in range(3)
        )
        alone = [compare_groups(*each.sums[place][:2]) for each in played]
        by_cycle.append({
            "cycle": place + 1,
            "uplift": _uplift(compare_groups(learnt, rules)),
            "offers_at_all": _uplift(compare_groups(rules, nobody)),
            "covers_zero": sum(not each.tells for each in alone),
            "better": sum(each.low > 0 for each in alone),
            "worse": sum(each.high < 0 for each in alone),
            "subsidy": {
                "learnt": sum(each.gifts[place][0] for each in played),
                "rules": sum(each.gifts[place][1] for each in played),
            },
        })  # fmt: skip
    violations = sum((Counter(each.violations) for each in played), Counter())
    counts = [sum(each.sums[-1][group].count for each in played) for group in (0, 1)]
    aa = [sum(each.aa[n] for each in played) for n in range(2)]
    broken = {name: violations[name] for name in played[0].violations}
    return {
        "seeds": len(played),
        "cycles": len(by_cycle),
        "uplift": by_cycle[-1]["uplift"],
        "covers_zero": by_cycle[-1]["covers_zero"],
        "by_cycle": by_cycle,
        "violations": broken,
        "violations_in_all": sum(broken.values()),
        "sample_ratio": {"groups": counts, "p": round(check_ratio(counts, (1, 1)).p, 4)},
        "against_itself": {"splits": aa[0], "told": aa[1]},
        "first_town": list(played[0].cycles),
    }


def say(line: str) -> None:
    """Progress, on stderr."""
    print(f"enscene: {line}", file=sys.stderr)
