"""What a scene calls its fields, and what they say: no inner name is shown to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.web.language import Texts
from enscene.web.render import written_sum


def tell_fact(
    fields: Mapping[str, Any], scene: Mapping[str, str], t: Texts, currency: str = "CNY"
) -> list[tuple[str, str]]:
    """A verified fact as (title, value); `scene` are the pack's texts of the language."""
    return [
        (scene.get(f"fields.{name}", name), _said(value, scene, t, currency))
        for name, value in fields.items()
        if value not in (None, "", [])
    ]


def _said(value: Any, scene: Mapping[str, str], t: Texts, currency: str) -> str:
    if isinstance(value, bool):
        return t("yes" if value else "no")
    if isinstance(value, list):
        return t("comma").join(_said(item, scene, t, currency) for item in value)
    return scene.get(f"choices.{value}") or tell_value(value, currency)


def tell_value(value: Any, currency: str = "CNY") -> str:
    """As people read it: money with its sign and separators."""
    return written_sum(str(value), currency)


def tell_data(name: str, scene: Mapping[str, str], t: Texts, *, for_staff: bool) -> str:
    """Data that was used, in words: `scene.booking.price` is 来自场景 · 预订 · 价格.

    After the source stands a field of a thing, a field of the event (`input.price`), an option, an
    account (`card.balance`), or what the bank knows (`months_served`).
    """
    source, _, rest = name.partition(".")
    head, _, field = rest.rpartition(".")
    said = [
        t.known(f"fieldnames.{rest}")
        or scene.get(f"options.{field}.title" if head == "options" else f"fields.{field}")
        or t.known(f"fieldnames.{field}")
        or field
    ]
    above = scene.get(f"things.{head}.title") or scene.get(f"accounts.{head}")
    if head == "claim":
        above = t("fieldnames.claim")
    if above:
        said.insert(0, above)
    return " · ".join([tell_source(source, t, for_staff=for_staff), *said])


def tell_source(source: str, t: Texts, *, for_staff: bool) -> str:
    """Where a value is from; who works for the bank is not spoken to as the customer."""
    if for_staff and source == "customer":
        return t("sources.customer_said")
    return t.known(f"sources.{source}") or source
