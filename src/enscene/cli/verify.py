"""Check the bank's own methods on real data that others recorded, and the norms it stands under."""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from enscene.cli._norm_facts import FACTS, load_controls
from enscene.cli._pack_folders import PACKS
from enscene.cli._verify_aml import PRECISION_WANTED, verify_aml
from enscene.cli._verify_asking import verify_asking
from enscene.cli._verify_bandit import verify_bandit
from enscene.cli._verify_gates import said as gates_said
from enscene.cli._verify_gates import verify_gates
from enscene.cli._verify_propensity import verify_propensity
from enscene.cli._verify_standard import as_report, said, verify_standard
from enscene.kernel.errors import Invalid
from enscene.operations.norms import judge_norms, read_norms
from enscene.risk.check_score_card import check_score_card

NAME = "verify"
HELP = "检验方法与规范 · check methods on real data, and norms: credit | aml | bandit | propensity | asking FOLDER, gates FILE, norms, standard"
SEEDS = (1, 2)


@dataclass(frozen=True, slots=True)
class Table:
    """A known file of loans: the column that tells how they ended, and the AUC to reach."""

    file: str
    outcome: str
    good: str
    auc: float
    ignored: tuple[str, ...] = ()


TABLES = (
    Table("germancredit.csv", "creditability", "good", 0.78),
    Table("UCI_Credit_Card.csv.gz", "Y", "0", 0.76, ("ID",)),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is checked, on which data."""
    parser.add_argument(
        "what", choices=("credit", "aml", "bandit", "propensity", "asking", "gates", "norms", "standard"),
        help="评分卡、反洗钱筛查、离线评估、购买倾向、听懂客户、阶段关口、规范对照、场景技术标准 · score cards, screening for "
        "laundering, policies judged from logs, propensity, customers' own words, stage gates, norms, the "
        "standard of scenes",
    )  # fmt: skip
    parser.add_argument("folders", type=Path, nargs="*", help="数据目录 · folders of the data")
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · report as JSON last")


def run(arguments: argparse.Namespace) -> int:
    """Ask the method about what was recorded; the exit code tells whether all is reached."""
    if arguments.what == "norms":
        return _norms(arguments)
    if arguments.what == "standard":
        return _standard(arguments)
    if not arguments.folders:
        raise Invalid("请指定数据目录 · name a folder of data", param="folders")
    match arguments.what:
        case "aml":
            return _aml(arguments)
        case "bandit":
            return _bandit(arguments)
        case "propensity":
            return _propensity(arguments)
        case "asking":
            return _asking(arguments)
        case "gates":
            return _gates(arguments)
    return _credit(arguments)


def _gates(arguments: argparse.Namespace) -> int:
    """Take curves through the gates; 1 when one is stopped elsewhere than its file says."""
    reports = [verify_gates(path) for path in arguments.folders]
    print(*map(gates_said, reports), sep="\n", file=sys.stderr)
    told = reports[0] if len(reports) == 1 else reports
    print(json.dumps(told, ensure_ascii=False, indent=None if arguments.json else 2))
    return 0 if all(each["as_expected"] for each in reports) else 1


def _standard(arguments: argparse.Namespace) -> int:
    """Check all running scenes; 1 when any is in breach of the standard."""
    found = verify_standard()
    print(*said(found), sep="\n", file=sys.stderr)
    print(json.dumps(as_report(found), ensure_ascii=False, indent=None if arguments.json else 2))
    return 1 if found.breaches else 0


def _norms(arguments: argparse.Namespace) -> int:
    """Judge every norm: its controls and tests are there, what the program knows holds."""
    load_controls()
    norms = read_norms()
    judged = judge_norms(norms, FACTS)
    for each in judged:
        lacks = " ".join(each.norm.lacks.values())
        print(
            f"{'✗' if each.status == 'broken' else '✓' if each.status == 'held' else '~'} "
            f"{each.norm.id}  {each.norm.zh} · {each.norm.en} {'; '.join(each.wrong)}{lacks}",
            file=sys.stderr,
        )
    report = {
        "version": norms.version,
        "norms": [
            {"id": each.norm.id, "id_en": each.norm.id_en, "zh": each.norm.zh, "en": each.norm.en,
             "status": each.status, "controls": each.norm.controls,
             "tests": each.norm.tests, "facts": each.norm.facts, "lacks": dict(each.norm.lacks),
             "wrong": each.wrong}
            for each in judged
        ],
        "broken": sum(each.status == "broken" for each in judged),
    }  # fmt: skip
    print(json.dumps(report, ensure_ascii=False, indent=None if arguments.json else 2))
    return 1 if report["broken"] else 0


def _asking(arguments: argparse.Namespace) -> int:
    """Lead what customers would type; 1 when any pack is not reached."""
    report = verify_asking(arguments.folders[0], PACKS)
    for name, told in report["packs"].items():
        good = (
            told["right"] >= report["right_wanted"]
            and told["misled"] <= report["misled_most"]
            and told["urgent_misled"] <= report["urgent_misled_most"]
        )
        print(
            f"{'✓' if good else '✗'} {name}  {told['phrases']}  "
            f"办对 · right {told['right']:.3f} (zh {told['zh']['right']:.3f}, en "
            f"{told['en']['right']:.3f})  三选一 · named {told['named']:.3f}  "
            f"带错 · misled {told['misled']:.3f}  转人工 · person {told['person_right']:.3f}  "
            f"急事带错 · urgent misled {told['urgent_misled']}/{told['urgent']}",
            file=sys.stderr,
        )
    if not arguments.json:
        for told in report["packs"].values():
            told.pop("wrong")
    print(json.dumps(report, ensure_ascii=False, indent=None if arguments.json else 2))
    return 0 if report["reached"] else 1


def _aml(arguments: argparse.Namespace) -> int:
    """Screen the transfers of each folder."""
    report = {folder.name: verify_aml(folder) for folder in arguments.folders}
    for name, found in report.items():
        for rule, told in found["rules"].items():
            print(
                f"{'✓' if found['reached'] else '✗'} {name}  {rule}  "
                f"精确率 · precision {told['precision']:.3f} (≥ {PRECISION_WANTED})  "
                f"召回率 · recall {told['recall']:.3f}  "
                f"可见部分 · of what can be seen {told['recall_of_visible']:.3f}",
                file=sys.stderr,
            )
        print(found["labels_allow"]["zh"], found["labels_allow"]["en"], sep="\n", file=sys.stderr)
    print(json.dumps(report, ensure_ascii=False, indent=None if arguments.json else 2))
    return 0 if all(found["reached"] for found in report.values()) else 1


def _bandit(arguments: argparse.Namespace) -> int:
    """Judge a policy by another one's log. One folder tells its figures, more are told by name."""
    found = {folder.name: verify_bandit(folder) for folder in arguments.folders}
    for name, told in found.items():
        print(
            f"{'✗' if told['reached'] is False else '✓'} {name}  IPW {told['ipw']:.6f}  "
            f"相对误差 · relative error {told['relative_error']:.6f}  "
            f"有效样本 · effective sample {told['effective_sample']:.0f}  "
            f"与随机相比 · against chance: {told['against_chance']['verdict']}",
            file=sys.stderr,
        )
    return _end(arguments, found)


def _propensity(arguments: argparse.Namespace) -> int:
    """Fit cards of propensity and ask them what they have not seen. One folder tells its figures,
    more are told by name."""
    found = {folder.name: verify_propensity(folder) for folder in arguments.folders}
    for name, told in found.items():
        print(
            f"{'✓' if told['reached'] else '✗'} {name}  AUC {told['auc_random']:.3f} "
            f"(≥ {told['auc_wanted']})  ALIFT {told['alift_random']:.3f} "
            f"(≥ {told['alift_wanted']})  按时间顺序 · in time order AUC {told['auc_time']:.3f}  "
            f"ALIFT {told['alift_time']:.3f}",
            file=sys.stderr,
        )
    return _end(arguments, found)


def _end(arguments: argparse.Namespace, found: dict[str, dict[str, Any]]) -> int:
    report = next(iter(found.values())) if len(found) == 1 else found
    print(json.dumps(report, ensure_ascii=False, indent=None if arguments.json else 2))
    return 1 if any(told["reached"] is False for told in found.values()) else 0


def _credit(arguments: argparse.Namespace) -> int:
    """Fit score cards and ask them on random folds."""
    report: dict[str, Any] = {}
    reached = True
    for folder in arguments.folders:
        table = _table_of(folder)
        began = time.perf_counter()
        columns, bad = read_table(folder / table.file, table)
        evidence = check_score_card(columns, bad, SEEDS)
        found = {name: round(v, 4) if type(v) is float else v
                 for name, v in asdict(evidence).items()}  # fmt: skip
        holds = evidence.auc >= table.auc and evidence.monotone
        reached = reached and holds
        report[folder.name] = {**found, "auc_wanted": table.auc, "reached": holds}
        mark = "✓" if holds else "✗"
        print(
            f"{mark} {folder.name}  AUC {evidence.auc:.3f} (≥ {table.auc})  KS {evidence.ks:.3f}  "
            f"校准误差 · calibration error {evidence.calibration_error:.3f}  "
            f"单调 · monotone {evidence.monotone}  {time.perf_counter() - began:.0f} s",
            file=sys.stderr,
        )
    print(json.dumps(report, indent=None if arguments.json else 2))
    return 0 if reached else 1


def _table_of(folder: Path) -> Table:
    for table in TABLES:
        if (folder / table.file).is_file():
            return table
    known = ", ".join(table.file for table in TABLES)
    raise Invalid(
        f"{folder} 中没有可识别的数据 · there is none of {known} in {folder}", param="folders"
    )


def read_table(path: Path, table: Table) -> tuple[dict[str, list[Any]], list[bool]]:
    """The columns by name, a number or a word each, and which rows ended badly.

    Raises: Invalid, with the file and what is missing.
    """
    with _open(path) as text:
        rows = list(csv.DictReader(text))
    if not rows or table.outcome not in rows[0]:
        raise Invalid(f"{path.name}:1: there is no column {table.outcome}", param="folders")
    columns: dict[str, list[Any]] = {}
    for name in rows[0]:
        if name == table.outcome or name in table.ignored:
            continue
        values = [row[name] for row in rows]
        try:
            columns[name] = [float(value) if value != "" else None for value in values]
        except (TypeError, ValueError):
            columns[name] = values
    return columns, [row[table.outcome] != table.good for row in rows]


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
                yield text
        else:
            with path.open(encoding="utf-8", newline="") as text:
                yield text
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{path}: cannot be read: {error}", param="folders") from error
