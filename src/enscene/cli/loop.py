"""`loop`: play the loop 洞察—触达—识别—服务—反馈—分析—优化 in simulated towns."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from enscene.cli._say import complain

NAME = "loop"
HELP = "在模拟城镇中演示营销闭环 · play the loop of insight to optimisation in simulated towns"
CYCLES_MOST, SEEDS_MOST = 24, 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is played and how often."""
    parser.add_argument("what", choices=("demo",), help="演示 · the demonstration")
    parser.add_argument("--cycles", type=int, default=3, help="循环次数 · cycles a town")
    parser.add_argument("--seeds", type=int, default=20, help="城镇个数 · towns")
    parser.add_argument(
        "--truth", type=Path, help="真相文件，策略从不读取 · file of truth, which no policy reads"
    )
    parser.add_argument("--json", action="store_true", help="末行输出 JSON · report as JSON last")


def run(arguments: argparse.Namespace) -> int:
    """0 where no rule was broken, the groups are as the lot should have made them, the lot finds no
    difference where nothing was done, and 20 towns or more come to what is asked of them."""
    from enscene.cli._loop_demo import FOLDER, demo, say
    from enscene.cli._loop_words import words_of
    from enscene.kernel.errors import Invalid

    for name, value, most in (
        ("cycles", arguments.cycles, CYCLES_MOST), ("seeds", arguments.seeds, SEEDS_MOST),
    ):  # fmt: skip
        if not 1 <= value <= most:
            complain(f"--{name} 须在 1 与 {most} 之间 · --{name} is from 1 to {most}", 2)
            return 2
    truth = arguments.truth or FOLDER / "truth.yaml"
    try:
        report = demo(
            truth, arguments.cycles, arguments.seeds,
            lambda done: say(f"城镇 {done} 已完成 · town {done} is done"),
        )  # fmt: skip
    except Invalid as fault:
        complain(f"文件有误 · the file is wrong: {fault.detail}", 2)
        return 2
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(words_of(report))
    return 0 if report["ok"] and report["wanted"]["reached"] is not False else 1
