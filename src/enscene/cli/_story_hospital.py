"""Story `hospital`: how long people wait to pay, before and after paying later."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from statistics import median

import yaml

from enscene.cli._pack_folders import PACKS
from enscene.simulator import read_book
from enscene.simulator.hospital_day import HABITS, compare, read_ways
from enscene.simulator.hospital_day.ways import authorised_share

HELP = "先诊后付前后的缴费等待 · waiting to pay before and after"
SEEDS, FEW = 20, 3
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.8)
WANTED = 0.5
ZONE = "Asia/Shanghai"


def play(arguments: argparse.Namespace) -> int:
    """Play twenty days both ways; 1 when any of them does not halve the waiting."""
    folder = PACKS / "hospital"
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    book = read_book("hospital", files, options={}, parts={}, counts={}, zone=ZONE)
    scene = yaml.load(files["scene.yaml"], Loader=yaml.BaseLoader)
    share = authorised_share(scene["indicators"]["treated_first"]["target"])
    ways = read_ways(book)
    found = compare(ways, HABITS, share, range(1, SEEDS + 1))
    report = {
        "seeds": SEEDS,
        "before_median_s": round(median(found.before_s), 1),
        "after_median_s": round(median(found.after_s), 1),
        "ratio_worst": round(max(found.ratios), 4),
        "ratio_median": round(median(found.ratios), 4),
        "counter_payments_before": dict(ways.before),
        "counter_payments_after": dict(ways.after),
        "authorised": share,
        # How much of it hangs on how many have authorised: worst ratio of a few days each.
        "ratio_by_authorised": {
            str(each): round(max(compare(ways, HABITS, each, range(1, FEW + 1)).ratios), 4)
            for each in SHARES
        },
        "habits": asdict(HABITS),
    }
    print(
        f"缴费等待中位数 · median wait to pay: {report['before_median_s']} s → "
        f"{report['after_median_s']} s, 最差 · worst ratio {report['ratio_worst']}",
        file=sys.stderr,
    )
    print(json.dumps(report, indent=None if arguments.json else 2))
    return 0 if max(found.ratios) <= WANTED else 1
