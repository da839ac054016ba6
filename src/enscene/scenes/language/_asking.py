"""What customers say in their own words: asking.yaml, from which the recogniser of needs learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from enscene.kernel.documents import Map, Scalar
from enscene.kernel.said import say
from enscene.scenes.language._draft import Draft

LANGUAGES = ("zh", "en")
MOST, LONGEST = 200, 200


def read_asking(draft: Draft, root: Map) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Phrases by action and language: only of actions that a person may call, each phrase once."""
    persons = {party.name for party in draft.parties.values() if party.is_a == "person"}
    theirs = {name for name, action in draft.actions.items() if persons & set(action.by)}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    said: dict[str, str] = {}
    for name, node in root:
        if name not in theirs:
            at = root.keys[name]
            draft.mistakes.unknown(at, "action", name, sorted(theirs), node.path)
            continue
        spoken = found[name] = {}
        for language in LANGUAGES:
            phrases = [cast(Scalar, item) for item in cast(Map, node).seq(language)]
            spoken[language] = tuple(item.text for item in phrases)
            for item in phrases:
                _once(draft, item, name, said)
            if not 1 <= len(phrases) <= MOST:
                message = say("1 to {most} phrases", most=MOST)
                draft.bad(cast(Map, node).where(language), "bad_count", message, node)
    return found


def _once(draft: Draft, item: Scalar, name: str, said: dict[str, str]) -> None:
    """The same words cannot lead to two places."""
    if not item.text.strip() or len(item.text) > LONGEST:
        message = say("a phrase has 1 to {most} characters", most=LONGEST)
        draft.mistakes.add(item.at, "bad_text", message, path=item.path)
    other = said.setdefault(item.text.strip().casefold(), name)
    if other != name:
        message = say("`{text}` stands under `{other}` too", text=item.text, other=other)
        draft.mistakes.add(item.at, "duplicate", message, path=item.path)
