"""A new pack that passes every check: the beginning of a scene."""

from __future__ import annotations

from enscene.kernel.documents.shapes import NAME
from enscene.kernel.errors import Invalid
from enscene.scenes.language._quality import RULES
from enscene.scenes.language._starter import CASES, PEOPLE, SCENE, TEXTS_EN, TEXTS_ZH

_DONE = (
    "refundable",
    "spending_limited",
    "consent_named",
    "wrong_requests",
    "timers_tested",
    "income_named",
    "metered",
    "people_see",
    "actions_simulated",
)


def new_pack(name: str) -> dict[str, str]:
    """The files of a new pack, by name. It is a small shop: pay, refund, pay out."""
    if not NAME.fullmatch(name):
        raise Invalid(
            f"{name!r} cannot be the id of a pack.",
            code="pack.bad_id",
            hint="Small letters, digits and _, at most 40: parking_lot",
        )
    title = name.replace("_", " ").capitalize()
    rules = "".join(
        f"  {rule}: done\n"
        if rule in _DONE
        else f"  {rule}: {{is: todo, comment: the pack is new}}\n"
        for rule in RULES
    )
    return {
        "scene.yaml": SCENE.replace("NAME", name),
        "cases.yaml": CASES,
        "people.yaml": PEOPLE,
        "quality.yaml": f"rules:\n{rules}",
        "texts/zh.yaml": TEXTS_ZH.replace("TITLE", title),
        "texts/en.yaml": TEXTS_EN.replace("TITLE", title),
        "NOTES.md": "# What this scene is for\n\nSay whom it serves and why a bank takes part.\n",
    }
