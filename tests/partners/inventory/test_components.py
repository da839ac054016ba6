"""What an asset is made of: read from CycloneDX, compared with known holes, told to both sides."""

from __future__ import annotations

import json

import pytest

from enscene.kernel.advisories import Advisory, concerns
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.partners.incidents import list_incidents
from enscene.partners.inventory import (
    import_bill,
    list_components,
    match_advisories,
    put_asset,
    read_assets,
)
from enscene.partners.inventory.components import (
    COMPONENTS_MOST,
    DEPTH_MOST,
    SIZE_MOST,
    known_advisories,
    read_bill,
)

LOG4J = {
    "type": "library", "name": "log4j-core", "group": "org.apache.logging.log4j",
    "version": "2.14.1", "supplier": {"name": "Apache"},
    "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar",
}  # fmt: skip
LODASH = {"name": "lodash", "version": "4.17.21", "purl": "pkg:npm/lodash@4.17.21"}


def bill(*parts: object, **more: object) -> bytes:
    told = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": list(parts)} | more
    return json.dumps(told).encode()


def test_components_are_read_with_those_inside_others_and_each_once() -> None:
    inner = {"name": "urllib3", "version": "1.26.0", "purl": "pkg:pypi/URLlib3@1.26.0"}
    outer = {"name": "app", "group": "Firm", "version": "1", "components": [inner, LODASH, LODASH]}
    assert read_bill(bill(LOG4J, outer)) == [
        ("maven/org.apache.logging.log4j/log4j-core", "2.14.1", "Apache"),
        ("generic/firm/app", "1", ""), ("pypi/urllib3", "1.26.0", ""),
        ("npm/lodash", "4.17.21", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("purl", "package", "version"),
    [
        ("pkg:npm/%40scope/name@1.0.0", "npm/@scope/name", "1.0.0"),
        ("pkg:npm/@scope/name", "npm/@scope/name", "9"),
        ("pkg:pypi/a_b@2", "pypi/a-b", "2"),
        ("pkg:generic/x@1#sub/path", "generic/x", "1"),
    ],
)
def test_purls_name_packages(purl: str, package: str, version: str) -> None:
    assert read_bill(bill({"name": "n", "version": "9", "purl": purl}))[0][:2] == (package, version)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no CycloneDX"), (b"{", "no CycloneDX"), (b"[]", "no CycloneDX"),
        (b"\xff\xfe", "no CycloneDX"), (bill(LODASH, bomFormat="SPDX"), "bomFormat"),
        (bill(LODASH, specVersion="2.0"), "specVersion"), (bill(), "no components"),
        (bill({"version": "1"}), "name"), (bill({"name": 1}), "str"),
        (bill({"name": "a\u202eb"}), "plain"), (bill({"name": "x" * 300}), "plain"),
        (bill({"name": "x", "version": "1" * 61}), "plain"),
        (b"[" * (DEPTH_MOST + 1), "levels"), (b'{"a":' * 100_000, "levels"),
        (b" " * (SIZE_MOST + 1), "bytes"), (bill({"name": " "}), "no name"),
        (bill(*({"name": f"n{n}"} for n in range(COMPONENTS_MOST + 1))), "components"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_says_why(body: bytes, says: str) -> None:
    with pytest.raises(Invalid) as told:
        read_bill(body)
    assert told.value.code == "sbom.bad"
    assert says in str(told.value.facts["what"])


def test_brackets_inside_texts_are_no_levels() -> None:
    name = '[[["\\' * 12
    assert read_bill(bill({"name": name}))[0][0] == f"generic/{name.lower()}"


@pytest.mark.parametrize(
    ("package", "version", "found"),
    [
        ("npm/lodash", "4.17.20", True), ("npm/lodash", "4.17.21", False),
        ("npm/lodash", "v4.17.20", True), ("pypi/lodash", "4.17.20", False),
        ("generic/lodash", "4.17.20", True), ("generic/x/lodash", "unknown", True),
        ("npm/lodash.merge", "1", False),
    ],
)  # fmt: skip
def test_a_hole_concerns_older_versions_of_its_package(package, version, found) -> None:
    assert concerns(Advisory("lodash", "4.17.21", "CVE", "npm"), package, version) is found


def test_the_advisories_of_partners_are_beside_our_own() -> None:
    known = known_advisories()
    assert {"pypi", "npm", "maven"} <= {each.ecosystem for each in known}
    assert len({each.id for each in known}) == len(known)


async def test_an_import_finds_known_holes_and_opens_one_incident(banks) -> None:
    partner = await banks.partner(banks.one)
    place = (banks.pool, banks.one.id, partner)
    for name in ("pay", "pay-2"):
        asset = await put_asset(*place, "maker@bank", "app", name)
        assert await import_bill(*place, asset, bill(LOG4J, LODASH), "maker@bank") == 2
        await import_bill(*place, asset, bill(LOG4J, LODASH), "maker@bank")
    assets = await read_assets(*place)
    holes = [[hole.name.split()[0] for hole in each.open_holes] for each in assets]
    assert holes == [["CVE-2021-44832", "CVE-2021-44228"]] * 2
    incidents = await list_incidents(*place)
    assert sorted(each.severity for each in incidents) == ["high", "middle"]
    assert {each.responsible for each in incidents} == {"partner"}


async def test_a_new_advisory_opens_an_incident_with_those_who_use_the_package(banks) -> None:
    partner, other = await banks.partner(banks.one), await banks.partner(banks.one)
    for owner, part in ((partner, LODASH), (other, {"name": "react", "version": "18.0.0"})):
        place = (banks.pool, banks.one.id, owner)
        asset = await put_asset(*place, "maker@bank", "app", "pay")
        await import_bill(*place, asset, bill(part), "maker@bank")
    assert await match_advisories(banks.pool, banks.one.id) == []
    fresh = [Advisory("lodash", "4.18.0", "CVE-2026-9999", "npm", "high", "runs code")]
    for found in (["CVE-2026-9999 npm/lodash 4.17.21"], []):
        assert await match_advisories(banks.pool, banks.one.id, advisories=fresh) == found
    [incident] = await list_incidents(banks.pool, banks.one.id, partner)
    assert (incident.severity, "CVE-2026-9999" in incident.title) == ("high", True)
    assert "4.18.0" in incident.steps[0].text
    assert await list_incidents(banks.pool, banks.one.id, other) == []


async def test_another_partners_asset_takes_no_components(banks) -> None:
    partner, other = await banks.partner(banks.one), await banks.partner(banks.one)
    foreign = await banks.partner(banks.two)
    asset = await put_asset(banks.pool, banks.one.id, partner, "maker@bank", "app", "pay")
    for tenant, owner in ((banks.one.id, other), (banks.two.id, foreign)):
        with pytest.raises(NotFound):
            await import_bill(banks.pool, tenant, owner, asset, bill(LODASH), "x")
        assert await list_components(banks.pool, tenant, owner) == []
    with pytest.raises(EnsceneError):
        await import_bill(banks.pool, banks.one.id, partner, asset, b"{}", "x")
    assert await list_components(banks.pool, banks.one.id) == []
