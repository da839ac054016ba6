"""Judge one policy of a shop by what another one logged there: the Open Bandit data.

Data and published figures: Saito, Aihara, Matsutani and Narita, Open Bandit Dataset and Pipeline
(2021); campaign "all", of which 10,000 decisions by chance and 10,000 by Thompson sampling come with
the data. What Thompson sampling would have done is drawn with the published prior and seed, so that
the published estimate must come out. Needs the optional packages of `risk` (numpy).
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

from enscene.engagement.off_policy import (
    Estimate,
    Logged,
    compare_policies,
    estimate_dm,
    estimate_dr,
    estimate_ips,
    estimate_snips,
)
from enscene.kernel.errors import Invalid

PUBLISHED = {("all", 10_000): (0.004553, 0.084019)}
"""Estimate by inverse propensities and its relative error, by campaign and rows."""
PRIOR = "prior_bts.yaml"
PLACES = 3
DRAWS, DRAWN_AT_ONCE, SEED = 100_000, 1_000, 12345
FOLDS = 5
_PRIOR = 100.0
"""How many decisions the model takes an item to have had at the mean of all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One decision: which item stood at which place, how likely that was, whether it was clicked."""

    item: int
    place: int
    propensity: float
    clicked: float


def verify_bandit(folder: Path) -> dict[str, Any]:
    """What Thompson sampling earns, judged from the log of chance, beside what it did earn.

    Raises: Invalid, with the file and line.
    """
    campaign = campaign_of(folder)
    by_chance = list(read_shown(folder / f"random_{campaign}.csv.gz"))
    earned = fmean(each.clicked for each in read_shown(folder / f"bts_{campaign}.csv.gz"))
    wanted = thompson_shares(*read_prior(folder / PRIOR, campaign))
    rows = list(logged_of(by_chance, wanted))
    ips, compared = estimate_ips(rows), compare_policies(rows)
    error = abs(ips.value - earned) / earned
    figures = (round(ips.value, 6), round(error, 6))
    published = PUBLISHED.get((campaign, len(rows)))
    return {
        "campaign": campaign,
        "rows": len(rows),
        "earned": earned,
        "ipw": figures[0],
        "relative_error": figures[1],
        "effective_sample": round(ips.effective, 1),
        "estimates": {
            "ips": _told(ips), "snips": _told(estimate_snips(rows)), "dm": _told(estimate_dm(rows)),
            "dr": _told(estimate_dr(rows)),
        },
        "against_chance": {"gain": _told(compared.gain), "verdict": compared.verdict,
                           "why": compared.why},
        # Of what nobody has published nothing can be reached, and nothing missed.
        "published": published and {"ipw": published[0], "relative_error": published[1]},
        "reached": None if published is None else figures == published,
    }  # fmt: skip


def campaign_of(folder: Path) -> str:
    """The campaign of the logs in a folder. Raises: Invalid."""
    found = sorted(folder.glob("random_*.csv.gz"))
    if not found:
        raise Invalid(
            f"{folder} 中没有 random_*.csv.gz · there is no random_*.csv.gz in {folder}",
            param="folders",
        )
    return found[0].name.removeprefix("random_").removesuffix(".csv.gz")


def read_shown(path: Path) -> Iterator[Shown]:
    """The decisions of a log, in order. Raises: Invalid."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                yield Shown(
                    int(row["item_id"]), int(row["position"]) - 1, float(row["propensity_score"]),
                    float(row["click"]),
                )  # fmt: skip
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Invalid(f"{path}: cannot be read: {error}", param="folders") from error
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"{path}: not a log of Open Bandit: {error}", param="folders") from error


def read_prior(path: Path, campaign: str) -> tuple[list[float], list[float]]:
    """The two parameters of each item's chance of a click. Raises: Invalid."""
    try:
        prior = yaml.safe_load(path.read_text(encoding="utf-8"))[campaign]
        return [float(each) for each in prior["alpha"]], [float(each) for each in prior["beta"]]
    except OSError as error:
        raise Invalid(f"{path}: cannot be read: {error}", param="folders") from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"{path}: not a prior of Open Bandit: {error}", param="folders") from error


def thompson_shares(alpha: Sequence[float], beta: Sequence[float]) -> list[list[float]]:
    """How often each item stands at each place, over many draws."""
    import numpy as np

    chance = np.random.RandomState(SEED)
    counts = np.zeros((len(alpha), PLACES))
    for _ in range(DRAWS // DRAWN_AT_ONCE):
        drawn = chance.beta(alpha, beta, size=(DRAWN_AT_ONCE, len(alpha)))
        best = np.argsort(drawn, axis=1)[:, ::-1]
        for place in range(PLACES):
            counts[:, place] += np.bincount(best[:, place], minlength=len(alpha))
    shares: list[list[float]] = (counts / DRAWS).tolist()
    return shares


def logged_of(shown: Sequence[Shown], wanted: Sequence[Sequence[float]]) -> Iterator[Logged]:
    """The decisions with what a model foretells that has not seen them: clicks of an item in the
    other folds, drawn towards the mean of all."""
    for fold in range(FOLDS):
        others = [each for place, each in enumerate(shown) if place % FOLDS != fold]
        model = _clicks_by_item(others, len(wanted))
        foretold = [
            sum(shares[place] * chance for shares, chance in zip(wanted, model, strict=True))
            for place in range(PLACES)
        ]
        for each in islice(shown, fold, None, FOLDS):
            yield Logged(
                each.clicked, each.propensity, wanted[each.item][each.place], model[each.item],
                foretold[each.place],
            )  # fmt: skip


def _clicks_by_item(shown: Sequence[Shown], items: int) -> list[float]:
    mean = fmean(each.clicked for each in shown)
    clicks, times = [0.0] * items, [0] * items
    for each in shown:
        clicks[each.item] += each.clicked
        times[each.item] += 1
    return [(clicks[item] + _PRIOR * mean) / (times[item] + _PRIOR) for item in range(items)]


def _told(found: Estimate) -> Mapping[str, Any]:
    return {"value": round(found.value, 6), "low": round(found.low, 6),
            "high": round(found.high, 6), "concludes": found.concludes}  # fmt: skip
