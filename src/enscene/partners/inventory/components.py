"""What an asset is made of: imported from a CycloneDX file, compared with known holes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID

import msgspec

from enscene.kernel.advisories import Advisory, concerns, read_advisories
from enscene.kernel.errors import Invalid, NotFound
from enscene.partners import store
from enscene.partners.incidents.open_incident import add_incident
from enscene.partners.inventory import store as assets_sql
from enscene.partners.standard import FOLDER

SIZE_MOST = 900_000
DEPTH_MOST = 24
COMPONENTS_MOST = 5_000
TEXT_MOST = 200
VERSION_MOST = 60
WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Component:
    """`package` is the type and name of its purl, as `npm/lodash`; `generic/…` without one."""

    asset: UUID
    package: str
    version: str
    supplier: str
    seen_at: datetime
    seen_by: str


class _Firm(msgspec.Struct):
    name: str = ""


class _Part(msgspec.Struct):
    name: str
    version: str = ""
    group: str = ""
    purl: str = ""
    publisher: str = ""
    supplier: _Firm | None = None
    components: list[_Part] = []


class _Bill(msgspec.Struct, rename="camel"):
    bom_format: str
    spec_version: str
    components: list[_Part] = []


def read_bill(body: bytes) -> list[tuple[str, str, str]]:
    """(package, version, supplier) of every component of a CycloneDX file in JSON, those inside
    others too, each once.

    Raises: Invalid("sbom.bad") with what is wrong, at most 900,000 bytes, 24 levels and 5,000
    components.
    """
    if len(body) > SIZE_MOST:
        raise _bad(f"at most {SIZE_MOST} bytes")
    _check_depth(body)
    try:
        bill = msgspec.json.decode(body, type=_Bill)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _bad(f"this is no CycloneDX file in JSON: {str(error)[:200]}") from None
    if bill.bom_format != "CycloneDX" or not bill.spec_version.startswith("1."):
        raise _bad("bomFormat is CycloneDX, specVersion 1.x")
    found: dict[tuple[str, str], str] = {}
    for number, part in enumerate(_walk(bill.components)):
        if number >= COMPONENTS_MOST:
            raise _bad(f"at most {COMPONENTS_MOST} components")
        package, version = _package(part)
        supplier = part.supplier.name if part.supplier is not None else part.publisher
        for text, most in ((package, TEXT_MOST), (version, VERSION_MOST), (supplier, TEXT_MOST)):
            if len(text) > most or not text.isprintable():
                raise _bad(f"component {number + 1}: a text of at most {most} plain characters")
        if package.endswith("/"):
            raise _bad(f"component {number + 1} has no name")
        found.setdefault((package, version), supplier)
    if not found:
        raise _bad("there are no components in it")
    return [(package, version, supplier) for (package, version), supplier in found.items()]


async def import_bill(
    pool: store.Pool, tenant: int, partner: UUID, asset: UUID, body: bytes, who: str
) -> int:
    """Let these be the components of an asset, instead of those before; how many they are. What
    they have of known holes is entered, and told, at once. A hole is closed by a person alone.

    Raises: Invalid("sbom.bad"), NotFound.
    """
    parts = read_bill(body)
    async with store.admitted(pool, tenant) as connection:
        if await assets_sql.owner_of(connection, tenant, asset) != partner:
            raise NotFound("there is no such asset", code="asset.not_found")
        await assets_sql.replace_components(connection, tenant, asset, parts, who)
    await match_advisories(pool, tenant, partner)
    return len(parts)


async def list_components(
    pool: store.Pool, tenant: int, partner: UUID | None = None
) -> list[Component]:
    """Those of a partner's assets, or of all."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await assets_sql.list_components(connection, tenant, partner)
    return [Component(*row) for row in rows]


async def count_components(
    pool: store.Pool, tenant: int, partner: UUID | None = None
) -> dict[UUID, int]:
    """How many components of each asset are known."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        return await assets_sql.count_components(connection, tenant, partner)


def known_advisories() -> list[Advisory]:
    """Those of our own packages and those that the bank has written down for partners."""
    return [*read_advisories(), *read_advisories(FOLDER)]


async def match_advisories(
    pool: store.Pool,
    tenant: int,
    partner: UUID | None = None,
    advisories: Sequence[Advisory] | None = None,
) -> list[str]:
    """Enter the known holes of all components that were not entered yet; one incident with each
    partner for each advisory. What was new, as `CVE-… name version`."""
    known = known_advisories() if advisories is None else advisories
    parts = await list_components(pool, tenant, partner)
    hits: dict[tuple[UUID, Advisory], list[Component]] = {}
    for part in parts:
        for each in known:
            if concerns(each, part.package, part.version):
                hits.setdefault((part.asset, each), []).append(part)
    told = []
    for (asset, advisory), concerned in hits.items():
        names = [f"{advisory.id} {part.package} {part.version}"[:120] for part in concerned]
        async with store.admitted(pool, tenant) as connection:
            fresh = [
                name
                for name in names
                if await assets_sql.add_hole(
                    connection, tenant, asset, name, advisory.severity, WATCH
                )
            ]
            if fresh:
                await _tell(connection, tenant, asset, advisory, fresh)
        told += fresh
    return told


async def _tell(
    connection: store.Connection, tenant: int, asset: UUID, advisory: Advisory, fresh: list[str]
) -> None:
    owner = await assets_sql.owner_of(connection, tenant, asset)
    assert owner is not None, "its hole was just entered"
    await add_incident(
        connection, tenant, owner,
        title=f"组件有已知漏洞 {advisory.id} · a component has a known hole"[:120],
        severity=advisory.severity,
        text=f"{'; '.join(fresh)}: {advisory.what}。{advisory.mended} 起已修复 · "
             f"mended in {advisory.mended}"[:1_000],
        responsible="partner", side="watch", who=WATCH, key=f"watch advisory {advisory.id}",
    )  # fmt: skip


def _walk(parts: Sequence[_Part]) -> Iterator[_Part]:
    for part in parts:
        yield part
        yield from _walk(part.components)


def _package(part: _Part) -> tuple[str, str]:
    """The package of a purl (`pkg:type/namespace/name@version?…#…`) or of the name, and version."""
    if not part.purl.startswith("pkg:"):
        name = f"{part.group}/{part.name}" if part.group else part.name
        return f"generic/{name.strip().lower()}", part.version
    rest = part.purl.removeprefix("pkg:").lstrip("/").partition("#")[0].partition("?")[0]
    name, at, version = rest.rpartition("@")
    if not at or "/" in version:  # the @ of npm/@scope/name is no version
        name, version = rest, ""
    kind, _, name = name.partition("/")
    name = unquote(name)
    if kind.lower() == "pypi":
        name = name.lower().replace("_", "-")
    return f"{kind.lower()}/{name}", unquote(version) or part.version


def _check_depth(body: bytes) -> None:
    """Before anything is built out of it."""
    depth, quoted, escaped = 0, False, False
    for byte in body:
        if quoted:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                quoted = False
        elif byte == 0x22:
            quoted = True
        elif byte in b"[{":
            depth += 1
            if depth > DEPTH_MOST:
                raise _bad(f"at most {DEPTH_MOST} levels")
        elif byte in b"]}":
            depth -= 1


def _bad(what: str) -> Invalid:
    return Invalid(what, code="sbom.bad", param="sbom", facts={"what": what})
