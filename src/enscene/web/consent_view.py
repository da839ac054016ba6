"""A consent in words: who asks, what for, to do what, to read what, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enscene.customers.authorizations import AuthorizationRequest, Consent, Receipt
from enscene.kernel.errors import NotFound
from enscene.scenes.runtime import RunningScene
from enscene.tenants import Tenant
from enscene.web.console import Console
from enscene.web.language import Language, Texts


@dataclass(frozen=True, slots=True)
class Datum:
    """A group of data: what it is of, and the fields as (title, is shown masked)."""

    title: str
    fields: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What a page says of a consent or of a request for one."""

    app: str
    scene: str
    purpose: str
    actions: list[str]
    readings: list[str]
    data: list[Datum]
    everything: bool = False


READINGS = ("things.read", "accounts.read", "events.read")


def view_request(request: AuthorizationRequest, scene: RunningScene, t: Texts) -> ConsentView:
    """What an application asks for."""
    asked = request.asked
    return _view(request.app_title, scene, t, asked.purpose, asked.actions, asked.fields)


def view_consent(consent: Consent, scene: RunningScene | None, t: Texts) -> ConsentView:
    """What a customer has allowed; of a scene that is gone the bare names."""
    return _view(
        consent.app_title, scene, t, consent.purpose, consent.actions, consent.fields,
        ref=consent.scene,
    )  # fmt: skip


def _view(
    app: str,
    scene: RunningScene | None,
    t: Texts,
    purpose: str | None,
    actions: Iterable[str],
    fields: Mapping[str, Any] | None,
    ref: str = "",
) -> ConsentView:
    words: Mapping[str, str] = {} if scene is None else scene.pack.texts[t.language]
    does = [words.get(f"actions.{a}", a) for a in actions if a not in READINGS]
    reads = [t(f"consent.readings.{a.partition('.')[0]}") for a in actions if a in READINGS]
    data = []
    for thing, names in (fields or {}).get("things", {}).items():
        model = None if scene is None else scene.pack.things.get(thing)
        shown = []
        for name in names:
            field = None if model is None else model.fields.get(name)
            masked = field is not None and field.level == "C2"
            shown.append((words.get(f"fields.{name}", name), masked))
        data.append(Datum(words.get(f"things.{thing}.title", thing), shown))
    accounts = [words.get(f"accounts.{a}", a) for a in (fields or {}).get("accounts", [])]
    if accounts:
        data.append(Datum(t("consent.accounts"), [(name, False) for name in accounts]))
    return ConsentView(
        app,
        ref if scene is None else scene.name,
        t(f"consent.purposes.{purpose}") if purpose else t("consent.purpose_unknown"),
        does,
        reads,
        data,
        everything=fields is None,
    )


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt in words."""

    at: datetime
    what: str
    fields: str
    masked: bool
    records: int
    purpose: str


def view_receipt(receipt: Receipt, scene: RunningScene | None, t: Texts) -> ReceiptLine:
    """What was served: of what, which fields."""
    words: Mapping[str, str] = {} if scene is None else scene.pack.texts[t.language]
    kind, _, name = receipt.what.partition(".")
    title = {
        "things": words.get(f"things.{name}.title", name),
        "accounts": words.get(f"accounts.{name}", name),
        "queries": words.get(f"actions.{name}", name),
        "events": t("consent.readings.events"),
        "applications": t("consent.readings.applications"),
        "capabilities": t("consent.readings.capabilities"),
    }.get(kind, receipt.what)
    said = []
    for field in receipt.fields:
        bare = field.rpartition(".")[2]
        said.append(words.get(f"fields.{bare}") or t.known(f"consent.fields.{bare}") or bare)
    return ReceiptLine(
        receipt.at, title, t("comma").join(dict.fromkeys(said)), receipt.level == "C2",
        receipt.records, t(f"consent.purposes.{receipt.purpose}"),
    )  # fmt: skip


async def scene_of(console: Console, tenant: Tenant, ref: str) -> RunningScene | None:
    """The scene, if it is there."""
    try:
        return await console.host.scene(tenant.id, ref)
    except NotFound:
        return None


def message_of(view: Mapping[Language, ConsentView], code: str, days: int) -> tuple[str, str]:
    """What the telephone shows: what is granted stands before the code."""
    zh, en = view["zh"], view["en"]
    can_zh = "、".join([*zh.actions, *zh.readings])
    can_en = ", ".join([*en.actions, *en.readings])
    said_zh = (
        f"您正在授权“{zh.app}”在{zh.scene}中：{can_zh}，用于{zh.purpose}，有效 {days} 天。"
        f"验证码 {code}，5 分钟内有效，切勿告诉任何人，包括银行人员。"
    )
    said_en = (
        f"You are letting {en.app} do in {en.scene}: {can_en}, for: {en.purpose}, {days} days. "
        f"Code {code}, good for 5 minutes. Tell nobody, not even the bank."
    )
    return said_zh, said_en
