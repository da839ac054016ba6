"""How a partner's services are kept, over HTTP: controls by its tier, dated records, assets and what
they are made of."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, page
from enscene.api.store import Pool
from enscene.api.structs import convert
from enscene.kernel.clock import format_time, parse_day
from enscene.kernel.errors import Conflict, NotFound
from enscene.kernel.ids import find_uuid, public_id
from enscene.partners.governance import (
    Governed,
    Record,
    list_records,
    put_record,
    read_governed,
    read_kinds,
)
from enscene.partners.inventory import (
    Asset,
    count_components,
    import_bill,
    put_asset,
    read_assets,
)
from enscene.partners.partner import Partner
from enscene.partners.renewal import renewal_due

OWNED = ("controls", "records", "assets")
RECORD, ASSET = "rec", "ast"
Short = Annotated[str, Meta(max_length=120)]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class NewRecord(msgspec.Struct, forbid_unknown_fields=True):
    """`…/records`. What stands in `fields` is checked by its kind."""

    kind: Annotated[str, Meta(max_length=40)]
    about: Annotated[str, Meta(max_length=100)]
    on_day: Day
    fields: dict[str, str | int]
    due_on: Day | None = None


class NewAsset(msgspec.Struct, forbid_unknown_fields=True):
    """`…/assets`: what is known of one now."""

    kind: Annotated[str, Meta(max_length=40)]
    name: Short
    owner: Short = ""
    supplier: Short = ""
    version: Short = ""
    certificate_until: Day | None = None
    domain_until: Day | None = None


class GovernanceDoor:
    """One in a process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def serve(self, request: Request, partner: Partner, path: list[str]) -> Response:
        """Answer what stands below a partner's own address."""
        method = "GET" if request.method == "HEAD" else request.method
        match path, method:
            case ["controls"], "GET":
                request.query()
                found = await read_governed(self._pool, partner.tenant, partner.id)
                return answer(controls_told(found))
            case ["controls"], _:
                raise wrong_method("GET")
            case ["records"], "GET":
                return await self._records(request, partner)
            case ["records"], "POST":
                return await self._record(request, partner)
            case ["assets"], "GET":
                return await self._assets(request, partner)
            case ["assets"], "POST":
                return await self._asset(request, partner)
            case ["records"] | ["assets"], _:
                raise wrong_method("GET", "POST")
            case ["assets", asset, "components"], "PUT":
                return await self._components(request, partner, asset)
            case ["assets", _, "components"], _:
                raise wrong_method("PUT")
        raise not_found()

    async def _records(self, request: Request, partner: Partner) -> Response:
        request.query()
        known = await list_records(self._pool, partner.tenant, partner.id)
        return page([record_told(each) for each in known if _shown(each)], None, has_more=False)

    async def _record(self, request: Request, partner: Partner) -> Response:
        order = convert(await request.json_body(), NewRecord)
        _check_applied(partner)
        done = await put_record(
            self._pool, partner.tenant, partner.id, kind=order.kind, about=order.about,
            on_day=parse_day(order.on_day, param="on_day"), fields=order.fields, side="partner",
            who=partner.number,
            due_on=None if order.due_on is None else parse_day(order.due_on, param="due_on"),
        )  # fmt: skip
        return answer(record_told(done))

    async def _assets(self, request: Request, partner: Partner) -> Response:
        request.query()
        parts = await count_components(self._pool, partner.tenant, partner.id)
        owned = await read_assets(self._pool, partner.tenant, partner.id)
        return page([asset_told(each, parts.get(each.id, 0)) for each in owned], None,
                    has_more=False)  # fmt: skip

    async def _asset(self, request: Request, partner: Partner) -> Response:
        order = convert(await request.json_body(), NewAsset)
        _check_applied(partner)
        days = {
            name: None if text is None else parse_day(text, param=name)
            for name, text in (
                ("certificate_until", order.certificate_until), ("domain_until", order.domain_until),
            )
        }  # fmt: skip
        done = await put_asset(
            self._pool, partner.tenant, partner.id, partner.number, order.kind, order.name,
            owner=order.owner, supplier=order.supplier, version=order.version, **days,
        )  # fmt: skip
        return await self._one(partner, public_id(ASSET, done))

    async def _components(self, request: Request, partner: Partner, asset: str) -> Response:
        body = await request.json_body()
        _check_applied(partner)
        known = _asset_id(asset)
        await import_bill(self._pool, partner.tenant, partner.id, known, body, partner.number)
        return await self._one(partner, asset)

    async def _one(self, partner: Partner, asset: str) -> Response:
        parts = await count_components(self._pool, partner.tenant, partner.id)
        owned = await read_assets(self._pool, partner.tenant, partner.id)
        [found] = [each for each in owned if each.id == _asset_id(asset)]
        return answer(asset_told(found, parts.get(found.id, 0)))


def controls_told(found: Governed) -> dict[str, Any]:
    """Tier, controls and gaps."""
    due = renewal_due(found.partner)
    return {
        "tier": found.standing.tier, "points": found.standing.points,
        "admitted_until": None if due is None else due.isoformat(),
        "renewing": found.partner.renewing,
        "controls": [
            {"id": each.control.id, "zh": each.control.zh, "en": each.control.en,
             "need": each.control.need[found.standing.tier], "state": each.state}
            for each in found.standing.controls
        ],
        "gaps": [
            {"kind": each.kind, "about": each.about, "code": each.code, "severity": each.severity}
            for each in found.gaps
        ],
    }  # fmt: skip


def record_told(record: Record) -> dict[str, Any]:
    """A record: which side wrote it, not who of the bank."""
    return {
        "id": public_id(RECORD, record.id), "kind": record.kind, "about": record.about,
        "on_day": record.on_day.isoformat(),
        "due_on": None if record.due_on is None else record.due_on.isoformat(),
        "fields": dict(record.fields), "side": record.side, "made_at": format_time(record.made_at),
    }  # fmt: skip


def asset_told(asset: Asset, parts: int) -> dict[str, Any]:
    """An asset with its holes."""
    ends = (asset.certificate_until, asset.domain_until)
    certificate, domain = (None if day is None else day.isoformat() for day in ends)
    return {
        "id": public_id(ASSET, asset.id), "kind": asset.kind, "name": asset.name,
        "owner": asset.owner, "supplier": asset.supplier, "version": asset.version,
        "certificate_until": certificate, "domain_until": domain, "origin": asset.origin,
        "components": parts,
        "holes": [
            {"name": hole.name, "severity": hole.severity, "found_at": format_time(hole.found_at),
             "fixed": hole.fixed_at is not None}
            for hole in asset.holes
        ],
    }  # fmt: skip


def _shown(record: Record) -> bool:
    """What the bank writes for itself, an exit plan for one, is not told."""
    kind = read_kinds().find(record.kind)
    return kind is not None and "partner" in kind.by


def _check_applied(partner: Partner) -> None:
    if partner.stage == "draft":
        raise Conflict(
            "apply first", code="partner.stage", facts={"stage": "draft", "wanted": "applied"}
        )


def _asset_id(text: str) -> Any:
    found = find_uuid(text, ASSET)
    if found is None:
        raise NotFound("there is no such asset", code="asset.not_found", param="asset")
    return found
