"""`loop demo`: play cycles of the loop in simulated towns, and say what they brought."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from enscene.engagement.decisions import holdout_of
from enscene.engagement.experiments import (
    Plan,
    Sums,
    check_ratio,
    check_split,
    compare_groups,
    watch_experiment,
)
from enscene.engagement.experiments.check_ratio import ALARM
from enscene.engagement.experiments.check_split import most_by_chance
from enscene.engagement.experiments.compare_groups import ALPHA
from enscene.engagement.loops import Cycle, Switch, may_switch, optimise_policy, switch_told
from enscene.engagement.off_policy import Comparison
from enscene.kernel.errors import Invalid
from enscene.simulator.needs import Town, check_contacts, read_truth, read_words

T = TypeVar("T")
FOLDER = Path(__file__).parents[3] / "examples" / "loop"
DAYS = 28
GIFTS_PER_HEAD = 2.0
"""Gifts a customer and cycle that a group may make: fewer than the caps would let through, so that
both groups give away all they have."""
LOOKED_FOR = 0.15
COVERS_LEAST = 0.9
"""Of towns in which nobody is moved, those whose interval covers 0."""
SEEDS_LEAST = 20
"""Fewer towns differ too much by chance to judge by."""
OWNER = "wang@bank"
ZONE = "Asia/Shanghai"
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
    found = report(played)
    return found | {"wanted": judged(found, moves=read_truth(truth).moves)}


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
    salt = f"loop {order.seed}"
    policy = policy_of(rules, (), zone=ZONE, salt=salt, version=1)
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
        switch, before_it = may_switch(optimised.against_last), bank.model.version
        if switch.taken:
            bank.model = optimised.model
        cycles.append(
            _told(
                order.seed, number, last, result, groups, optimised.against_last, switch,
                (before_it, bank.model.version),
            )
        )  # fmt: skip
        sums.append((groups[0], groups[1], groups[2]))
        gifts.append((result.gifts["learnt"], result.gifts["rules"]))
        last = result
    aa = _against_itself(before, order.seed)
    return Played(
        order.seed, tuple(cycles), tuple(sums), violations_of(bank, salt),
        tuple(gifts), aa,
    )  # fmt: skip


def violations_of(bank: TownBank, salt: str) -> dict[str, int]:
    """Counted by the checker, which reads the files of the rules by itself and knows from the bank
    only what was said, what was answered, and who allowed no recommendations since when."""
    words = read_words(
        FOLDER / "contact_rules.yaml", {"town": FOLDER / "campaign.yaml"}, ZONE, salt
    )
    customers = bank.customers
    refused = {
        str(each.number): [(each.refuses_since, None)]
        for each in customers if each.refuses_since is not None
    }  # fmt: skip
    return check_contacts(bank.said, words, refused, {str(e.number): e.key for e in customers})


def _against_itself(before: Result, seed: int) -> tuple[int, int, int]:
    values = [value for group in before.earned.values() for value in group]
    rows = [(f"{seed}:{n}", float(value), 0.0) for n, value in enumerate(values)]
    found = check_split(rows, lambda name, key: holdout_of("", name, key), 100)
    return found.splits, found.told, found.allowed


def _told(
    seed: int, number: int, last: Result, result: Result, groups: tuple[Sums, ...],
    compared: Comparison | None, switch: Switch, models: tuple[int, int],
) -> dict[str, Any]:  # fmt: skip
    learnt, rules, nobody = groups
    found = compare_groups(learnt, rules)
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
        "analyse", ends, ends, OWNER, uplift=_uplift(found),
        word=_word(found.low, found.high) if watched.split.holds else "uneven_groups",
        word_had_one_looked_daily=_word(watched.low, watched.high),
        offers_at_all=_uplift(compare_groups(rules, nobody)),
        sample_ratio={"p": round(watched.split.p, 4), "p_least": ALARM, "ok": watched.split.holds},
    )  # fmt: skip
    cycle.done(
        "optimise", ends, ends, OWNER, model_before=models[0], model_after=models[1],
        off_policy=switch_told(compared, switch),
    )  # fmt: skip
    return cycle.to_json()


def _word(low: float, high: float) -> str:
    """What an interval says of the group that was offered what was learnt."""
    return "better" if low > 0 else "worse" if high < 0 else "no_difference_seen"


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
    ratio, allowed = check_ratio(counts, (1, 1)), most_by_chance(aa[0], ALPHA)
    switches = Counter(
        each["steps"][-1]["off_policy"]["why"] for town in played for each in town.cycles
    )
    return {
        "ok": not sum(broken.values()) and ratio.holds and aa[1] <= allowed,
        "amounts": "minor units: 100 = 1.00 CNY",
        "seeds": len(played),
        "cycles": len(by_cycle),
        "uplift": by_cycle[-1]["uplift"],
        "covers_zero": by_cycle[-1]["covers_zero"],
        "by_cycle": by_cycle,
        "violations": broken,
        "violations_in_all": sum(broken.values()),
        "sample_ratio": {
            "groups": counts, "p": round(ratio.p, 4), "p_least": ALARM, "ok": ratio.holds,
        },
        "against_itself": {
            "splits": aa[0], "told": aa[1], "allowed": allowed, "ok": aa[1] <= allowed,
        },
        "switches": dict(sorted(switches.items())),
        "first_town": list(played[0].cycles),
    }  # fmt: skip


def judged(report: Mapping[str, Any], *, moves: bool) -> dict[str, Any]:
    """Whether the last cycle came to what is asked of it: so much more than the other group; where
    nothing moves anybody, an interval that covers 0 in nine towns of ten. None of too few towns."""
    if moves:
        reached = report["uplift"]["value"] >= LOOKED_FOR
    else:
        reached = report["covers_zero"] >= COVERS_LEAST * report["seeds"]
    return {
        "uplift_least": LOOKED_FOR if moves else None,
        "covers_zero_least": None if moves else COVERS_LEAST,
        "reached": reached if report["seeds"] >= SEEDS_LEAST else None,
    }


def say(line: str) -> None:
    """Progress, on stderr."""
    print(f"enscene: {line}", file=sys.stderr)
