"""What the pages say, in Chinese and English: two catalogs with the same keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from enscene.kernel.problem_texts import PROBLEMS

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
TAGS = {"zh": "zh-CN", "en": "en"}
_IN_CHINESE = {code: chinese for code, _, chinese, _ in PROBLEMS}
_WHERE_IN_ANSWER = re.compile(
    r"[，；：]?(?:请)?见 ?(?:facts|param|detail)[a-z_.]*(?: [与和] (?:facts|param|detail|/status)[a-z_.]*)*"
)
"""Where the caller of an API reads more: a page has no such place."""


@cache
def catalog(language: Language) -> Mapping[str, str]:
    """The texts of a language by dotted keys: of the file of that name, and of those that end so
    (`bank.zh.yaml`)."""
    folder = Path(__file__).parent / "texts"
    flat: dict[str, str] = {}
    for place in [folder / f"{language}.yaml", *sorted(folder.glob(f"*.{language}.yaml"))]:
        _flatten(yaml.safe_load(place.read_text(encoding="utf-8")), "", flat)
    return flat


def _flatten(tree: Mapping[str, Any], before: str, flat: dict[str, str]) -> None:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            _flatten(value, f"{before}{key}.", flat)
        else:
            flat[f"{before}{key}"] = str(value)


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


class Texts:
    """`texts("scene.terms_number", number=3)`; a key that is not there is a bug and raises."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._catalog = catalog(language)

    def __call__(self, key: str, **values: Any) -> str:
        text = self._catalog[key]
        return text.format(**values) if values else text

    def problem(self, code: str, facts: Mapping[str, Any], detail: str) -> str:
        """What an error is called, with its facts; where the catalog has none, what the API says of
        it to those who read Chinese, and its own precise words to those who read English."""
        text = self._catalog.get(f"problems.{code}")
        if text is not None:
            try:
                return text.format(**facts)
            except (KeyError, ValueError, IndexError):
                pass
        if self.language == "zh" and code in _IN_CHINESE:
            return _WHERE_IN_ANSWER.sub("", _IN_CHINESE[code])
        return detail

    def field(self, family: str, param: str | None) -> str:
        """What a form calls the field at `param`: `targets[0].month` of `projects` is its words
        for targets, 1 and month. "" where the page has no word for the field."""
        words: list[str] = []
        parts = re.findall(r"[^.\[\]]+", param or "")
        for at, part in enumerate(parts):
            if part.isdigit() and words:
                words[-1] += f" {int(part) + 1}"
                continue
            pair = f"{parts[at - 1]}.{part}" if at else part
            word = self.known(f"{family}.{pair}") or self.known(f"{family}.{part}")
            if word is None and at == len(parts) - 1:
                return ""
            if word is not None and "{" not in word:
                words.append(word.partition("（")[0].partition(" (")[0])
        return " · ".join(words)

    def hint(self, code: str, facts: Mapping[str, Any], hint: str | None) -> str | None:
        """What to do about an error; its own words for those who read English."""
        text = self._catalog.get(f"hints.{code}")
        if text is not None:
            return text.format_map(_Facts(facts))
        return hint if self.language == "en" else None

    def keys(self, before: str) -> list[str]:
        """What follows `before` in the keys that begin so, in their order."""
        return [key.removeprefix(before) for key in self._catalog if key.startswith(before)]

    def known(self, key: str) -> str | None:
        """The text if there is one: for codes that come from elsewhere."""
        return self._catalog.get(key)


def choose_language(cookie: str | None, accept: str) -> Language:
    """The language chosen before; else Chinese unless the browser asks for English first."""
    if cookie in LANGUAGES:
        return "en" if cookie == "en" else "zh"
    first = accept.split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh"
