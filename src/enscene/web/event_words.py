"""What the log of a scene says, in words: actions, things, products and people by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enscene.operations import store as operations_store
from enscene.scenes.language import Pack
from enscene.shelf import standard_shelf
from enscene.web.console import Visit

_ALONE = ("bank:bank", "bank:core", "clock:clock", "system:webhooks", "system:apis")
"""Actors of which there is one: what stands after the colon tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody or something is called; `ref` is what programs call it, where that differs."""

    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event of the log for a page."""

    seq: int
    at: datetime
    action: str
    title: str
    subject: Named
    actor: Named
    facts: Mapping[str, Any]


async def tell_events(
    connection: operations_store.Connection, visit: Visit, pack: Pack, rows: Sequence[Any]
) -> list[ToldEvent]:
    """Rows of the log in the words of the visitor, in their order."""
    words = _Words(visit, pack)
    await words.learn(connection, rows)
    return [
        ToldEvent(
            row["seq"], row["at"], row["action"], words.title(row), words.subject(row),
            words.called(row["actor"]), row["facts"],
        )
        for row in rows
    ]  # fmt: skip


def product_name(visit: Visit, product: str, pack: Pack | None = None) -> str:
    """As the scene calls what it offers, or as the shelf does."""
    known = standard_shelf().products.get(product)
    called = product if known is None else known.texts[visit.language].name
    return called if pack is None else pack.texts[visit.language].get(f"products.{product}", called)


class _Words:
    def __init__(self, visit: Visit, pack: Pack) -> None:
        self._visit, self._pack, self._t = visit, pack, visit.t
        self._names: dict[str, str] = {}
        self._refs: dict[int, str] = {}

    async def learn(self, connection: operations_store.Connection, rows: Iterable[Any]) -> None:
        """Read who the parties of these rows are, at once."""
        refs, ids = set(), set()
        for row in rows:
            refs |= {row[part].rpartition(":")[2] for part in ("subject", "actor")}
            refs.add((row["facts"].get("consent") or {}).get("party") or "")
            if row["action"].startswith("contract."):
                ids.add(row["facts"].get("customer") or 0)
        found = await operations_store.read(
            connection, "names", self._visit.tenant, sorted(ids), sorted(refs)
        )
        for each in found:
            self._names[each["ref"]] = each["name"] or ""
            self._refs[each["id"]] = each["ref"]

    def title(self, row: Any) -> str:
        """What was done, and with which product or application."""
        action, facts = row["action"], row["facts"]
        if action in self._pack.actions:
            return self._visit.word(self._pack, f"actions.{action}")
        title = self._t.known(f"log.{action}")
        if title is None:
            # Whoever adds an action need not know of this page: its family is said at least.
            title = self._t.known(f"log.{action.partition('.')[0]}.other") or action
        about = facts.get("app", "")
        if action.startswith("contract."):
            about = product_name(self._visit, facts.get("product", ""), self._pack)
        return f"{title} · {about}" if about else title

    def subject(self, row: Any) -> Named:
        """What it was done to; a contract and a consent are their customer's."""
        action, facts = row["action"], row["facts"]
        if action.startswith("contract."):
            return self._person("", self._refs.get(facts.get("customer") or 0, ""))
        if action.startswith("consent."):
            return self._person("", (facts.get("consent") or {}).get("party") or "")
        if action.startswith("contracts."):
            return Named(self._t("named.contracts"), facts.get("day", ""))
        if action == "webhook.disabled":
            return Named(self._t("named.webhook"), (facts.get("webhook") or {}).get("url", ""))
        if action.startswith("api."):
            return Named((facts.get("api") or {}).get("id", ""))
        if action == "hold.expired":
            flows = [move["flow"] for move in facts.get("moved", ())]
            return Named(" ".join(self._visit.word(self._pack, f"flows.{f}") for f in flows))
        return self.called(row["subject"])

    def called(self, name: str) -> Named:
        """Who or what the log means by `role:reference`, `thing:key`, `clock:clock`, `reference`."""
        head, colon, rest = name.partition(":")
        if not colon:
            return self._person("", name)
        if name in _ALONE:
            return Named(self._t(f"named.{head}"))
        if head in self._pack.things:
            return Named(self._visit.named(self._pack, name))
        if head in self._pack.parties:
            return self._person(self._visit.word(self._pack, f"parties.{head}"), rest)
        title = self._t.known(f"named.{head}")
        if title is None:
            return Named(name)
        return Named(title) if head == "scene" else self._person(title, rest)

    def _person(self, title: str, ref: str) -> Named:
        known = self._names.get(ref)
        text = " ".join(part for part in (title, known or ref) if part)
        return Named(text or "—", ref if known and known != ref else "")
