"""Texts: every one that a pack needs, in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from enscene.kernel.documents import Map, Mistakes, Node, Scalar, join
from enscene.kernel.said import say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language.model import Position, Type

LANGUAGES = ("zh", "en")
MAX_LENGTH = 500
_BLANK = re.compile(r"\{([a-z_.]+)\}")


def flatten(node: Map, mistakes: Mistakes) -> dict[str, Scalar]:
    """Texts by dotted key, of a file whose keys may be nested."""
    found: dict[str, Scalar] = {}

    def walk(item: Node, key: str) -> None:
        if isinstance(item, Map):
            for name, value in item:
                walk(value, join(key, name))
        elif not isinstance(item, Scalar):
            mistakes.add(
                item.at, "wrong_shape", say("a text is expected here, not a list"), path=key
            )
        elif not item.text.strip():
            mistakes.add(item.at, "empty_text", say("text `{key}` is empty", key=key), path=key)
        elif len(item.text) > MAX_LENGTH:
            message = say(
                "text `{key}` has more than {max_length} characters", key=key, max_length=MAX_LENGTH
            )
            mistakes.add(item.at, "long_text", message, path=key)
        else:
            found[key] = item

    walk(node, "")
    return found


def needed(draft: Draft) -> Iterator[tuple[str, Position]]:
    """The keys of all texts that a pack needs, with the place that needs each."""
    yield "title", draft.scene.at
    yield "summary", draft.scene.at
    tables: Mapping[str, Mapping[str, object]] = {
        "parties": draft.parties,
        "links": draft.links,
        "accounts": draft.accounts,
        "counters": draft.counters,
        "flows": draft.flows,
        "actions": draft.actions,
        "timers": draft.timers,
        "triggers": draft.triggers,
        "products": draft.products,
        "moments": draft.moments,
        "topics": draft.topics,
        "meters": draft.meters,
        "indicators": draft.indicators,
        "pages": draft.pages,
    }
    for table, items in tables.items():
        for name, item in items.items():
            yield f"{table}.{name}", item.at  # type: ignore[attr-defined]
    for table in ("options", "parts"):
        for name, node in draft.scene.map(table):
            yield f"{table}.{name}.title", node.at
            yield f"{table}.{name}.help", node.at
    for thing in draft.things.values():
        yield f"things.{thing.name}.title", thing.at
        for state in thing.states.values():
            yield f"things.{thing.name}.states.{state.name}", state.at
    yield from _fields(draft)
    yield from draft.text_keys.items()


def _fields(draft: Draft) -> Iterator[tuple[str, Position]]:
    """Titles of fields and of choices; the same word means the same everywhere."""

    def choices(of: Type | None, at: Position) -> Iterator[tuple[str, Position]]:
        for word in of.choices if of else ():
            yield f"choices.{word}", at
        if of is not None and of.item is not None:
            yield from choices(of.item, at)

    for option in draft.options.values():
        yield from choices(option.type, option.at)
    for thing in draft.things.values():
        for field in thing.fields.values():
            yield f"fields.{field.name}", thing.at
            yield from choices(field.type, thing.at)
    for action in draft.actions.values():
        for field in action.input.values():
            yield f"fields.{field.name}", action.at
            yield from choices(field.type, action.at)
        for name in action.answer:
            yield f"fields.{name}", action.at


def check_texts(
    draft: Draft, files: Mapping[str, Map], extra: Iterator[tuple[str, Position]]
) -> dict[str, dict[str, str]]:
    """The texts by language and key; a missing or a useless one is a mistake."""
    wanted = dict(reversed([*needed(draft), *extra]))
    found = {language: flatten(files[language], draft.mistakes) for language in LANGUAGES}
    before = len(draft.mistakes)
    for language in LANGUAGES:
        for key, at in wanted.items():
            if key not in found[language]:
                _missing(draft, files[language], found[language], key, at)
    if len(draft.mistakes) == before:
        for language in LANGUAGES:
            for key, node in found[language].items():
                if key not in wanted:
                    hint = say("remove it, or use its key")
                    message = say("nothing uses text `{key}`", key=key)
                    draft.mistakes.add(node.at, "unused_text", message, hint, key)
    _same_blanks(draft, found["zh"], found["en"])
    return {
        language: {key: node.text for key, node in texts.items()}
        for language, texts in found.items()
    }


def _missing(draft: Draft, root: Map, found: Mapping[str, Scalar], key: str, at: Position) -> None:
    """Told where the text belongs: at the deepest mapping of the file that leads to it."""
    place: Map = root
    for word in key.split(".")[:-1]:
        inner = place.get(word)
        if not isinstance(inner, Map):
            break
        place = inner
    here = place.at
    message = say("there is no text `{key}`", key=key)
    hint = say("it is needed by {file}:{line}", file=at.file, line=at.line)
    draft.mistakes.add(here, "missing_text", message, hint, key)


def _same_blanks(draft: Draft, zh: Mapping[str, Scalar], en: Mapping[str, Scalar]) -> None:
    for key, node in en.items():
        if key in zh and set(_BLANK.findall(node.text)) != set(_BLANK.findall(zh[key].text)):
            message = say("text `{key}` has other {{blanks}} in Chinese than in English", key=key)
            draft.mistakes.add(node.at, "other_blanks", message, path=key)
