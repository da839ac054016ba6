"""Read a command's words; what is wrong with them is said in one line, in both languages."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from typing import Any, NoReturn

from enscene.cli._say import complain

BAD_WORDS = 2
"""The exit code for words that make no command, as of every program."""

COMMAND = "COMMAND"
"""How help calls the place of a command or subcommand."""

_SAID: tuple[tuple[str, str, str], ...] = (
    (r"the following arguments are required: (.+)", "缺少参数：{0}", "missing: {0}"),
    (
        r"one of the arguments (.+) is required",
        "须给出其中之一：{0}",
        "one of these is needed: {0}",
    ),
    (r"unrecognized arguments: (.+)", "多余的参数：{0}", "not understood: {0}"),
    (
        r"argument (.+?): invalid choice: '?(.*?)'? \(choose from (.+)\)",
        "{0} 不能是 {1}，可用：{2}",
        "{0} cannot be {1}; there is {2}",
    ),
    (
        r"argument (.+?): invalid (?:int|float) value: '?(.*?)'?",
        "{0} 须为数字，而不是 {1}",
        "{0} is a number, not {1}",
    ),
    (
        r"argument (.+?): invalid \S+ value: '?(.*?)'?",
        "{0} 的值 {1} 不正确",
        "{0} cannot be {1}",
    ),
    (
        r"argument (.+?): not allowed with argument (.+)",
        "{0} 不能与 {1} 同用",
        "{0} does not go with {1}",
    ),
    (r"argument (.+?): expected .+", "{0} 后面缺少值", "{0} needs a value"),
    (r"argument (.+?): ignored explicit argument (.+)", "{0} 不带值", "{0} takes no value"),
    (
        r"ambiguous option: (.+) could match (.+)",
        "{0} 不明确，可能是 {1}",
        "{0} may be {1}",
    ),
)


class Parser(argparse.ArgumentParser):
    """argparse, speaking Chinese and English."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "add_help": False})
        self.add_argument("-h", "--help", action="help", help="显示帮助 · show this help")
        self._positionals.title = "参数 · arguments"
        self._optionals.title = "选项 · options"

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", "用法 · usage:", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "用法 · usage:", 1)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where help is."""
        zh, en = told(message)
        prog = self.prog.removeprefix("enscene").strip()
        words = f"{prog}: " if prog else ""
        more = f"./{self.prog} --help"
        complain(f"{words}{zh}（{more}） · {en} ({more})", BAD_WORDS)
        raise SystemExit(BAD_WORDS)


def told(message: str) -> tuple[str, str]:
    """What argparse says, in Chinese and in English; what is not known stays as it is."""
    for pattern, zh, en in _SAID:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            facts = [re.sub(r"'([^']*)'", r"\1", fact) for fact in match.groups()]
            zh_more = en_more = ""
            if "invalid choice" in message:
                near = get_close_matches(facts[1], facts[2].split(", "), 1)
                zh_more, en_more = (
                    (f"；是否想写 {near[0]}？", f"; did you mean {near[0]}?") if near else ("", "")
                )
            zh_said, en_said = zh.format(*facts) + zh_more, en.format(*facts) + en_more
            return zh_said.replace(COMMAND, "命令"), en_said.replace(COMMAND, "the command")
    return message, message
