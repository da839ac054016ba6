"""Ask what customers would type, in a set that is kept apart from what the recogniser learns from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from enscene.engagement.asking import LONGEST, PERSON, recogniser_of
from enscene.kernel.errors import Invalid
from enscene.scenes.language import Pack, load_pack

RIGHT_WANTED = 0.80
"""Of all phrases of a pack, those that lead where they should."""
MISLED_MOST = 0.15
"""Of all phrases of a pack, those that lead to a service that is not wanted and name the right one
not even beside it."""
URGENT_MISLED_MOST = 0
"""Phrases of somebody in need (hurt, robbed, cheated, lost) that lead to a service: not one."""
LANGUAGES = ("zh", "en")


@dataclass(slots=True)
class _Count:
    phrases: int = 0
    right: int = 0
    named: int = 0
    misled: int = 0
    to_person: int = 0
    person_wanted: int = 0
    person_right: int = 0
    urgent: int = 0
    urgent_misled: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)


def verify_asking(folder: Path, packs: Path) -> dict[str, Any]:
    """What came of each pack's phrases: `FOLDER/PACK.yaml` with `say`, `lang`, `wants`, `urgent`.

    `right` leads to what is wanted, `named` names it as one of at most three, `misled` leads to
    another service without naming it. What is `urgent` is wanted of a person and of nobody else.
    Raises: Invalid, with the file.
    """
    found = {path.stem: _verified(path, packs) for path in sorted(folder.glob("*.yaml"))}
    if not found:
        raise Invalid(f"{folder} has no PACK.yaml", param="folders")
    reached = all(
        each["right"] >= RIGHT_WANTED
        and each["misled"] <= MISLED_MOST
        and each["urgent_misled"] <= URGENT_MISLED_MOST
        for each in found.values()
    )
    return {"packs": found, "right_wanted": RIGHT_WANTED, "misled_most": MISLED_MOST,
            "urgent_misled_most": URGENT_MISLED_MOST, "reached": reached}  # fmt: skip


def _verified(path: Path, packs: Path) -> dict[str, Any]:
    loaded = load_pack(packs / path.stem)
    if loaded.pack is None:
        raise Invalid(f"{path}: there is no pack {path.stem}", param="folders")
    pack = loaded.pack
    learnt = {
        said.strip().casefold()
        for spoken in pack.asking.values()
        for phrases in spoken.values()
        for said in phrases
    }
    counts = {language: _Count() for language in LANGUAGES}
    known = 0
    for number, row in enumerate(_rows(path), 1):
        try:
            said, language, wants = str(row["say"]), str(row["lang"]), set(row["wants"])
            urgent = bool(row.get("urgent"))
        except (AttributeError, KeyError, TypeError) as error:
            raise Invalid(f"{path}: entry {number} has no {error}", param="folders") from None
        if urgent and wants != {PERSON}:
            raise Invalid(f"{path}: entry {number} is urgent and wants {wants}", param="folders")
        known += said.strip().casefold() in learnt
        _count(counts[language], pack, said, wants, urgent)
    total = [sum(getattr(each, name) for each in counts.values()) for name in _SUMMED]
    return {
        **_shares(dict(zip(_SUMMED, total, strict=True))),
        "known_already": known,
        **{each: _shares({name: getattr(counts[each], name) for name in _SUMMED})
           for each in LANGUAGES},
        "wrong": [one for each in counts.values() for one in each.wrong],
    }  # fmt: skip


_SUMMED = (
    "phrases", "right", "named", "misled", "to_person", "person_wanted", "person_right",
    "urgent", "urgent_misled",
)  # fmt: skip


def _rows(path: Path) -> list[Any]:
    try:
        rows = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Invalid(f"{path}: {error}", param="folders") from None
    if not isinstance(rows, list):
        raise Invalid(f"{path}: a list of phrases is expected", param="folders")
    return rows


def _count(count: _Count, pack: Pack, said: str, wants: set[str], urgent: bool) -> None:
    persons = {party.name for party in pack.parties.values() if party.is_a == "person"}
    theirs = {name for name, action in pack.actions.items() if persons & set(action.by)}
    answer = recogniser_of(pack).ask(said[:LONGEST], theirs)
    named = {answer.to} | {other.action for other in answer.others}
    count.phrases += 1
    count.right += answer.to in wants
    count.named += bool(named & wants)
    count.misled += answer.to != PERSON and not named & wants
    count.to_person += answer.to == PERSON
    count.person_wanted += PERSON in wants
    count.person_right += PERSON in wants and answer.to == PERSON
    count.urgent += urgent
    count.urgent_misled += urgent and answer.to != PERSON
    if answer.to not in wants:
        count.wrong.append({"say": said, "wants": sorted(wants), "to": answer.to})


def _shares(counted: dict[str, int]) -> dict[str, Any]:
    phrases = max(1, counted["phrases"])
    return {
        "phrases": counted["phrases"],
        **{name: round(counted[name] / phrases, 3)
           for name in ("right", "named", "misled", "to_person")},
        "person_right": round(counted["person_right"] / max(1, counted["person_wanted"]), 3),
        "urgent": counted["urgent"], "urgent_misled": counted["urgent_misled"],
    }  # fmt: skip
