"""Threats by what comes from outside and stays: cells of a file, certificates, other people's code."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from enscene.api.auth.caller import REMEMBERED_S
from enscene.cli._attack_arena import TENANT, Arena
from enscene.cli._attack_judge import Judged
from enscene.cli._attack_people import desk_of
from enscene.commit import admit
from enscene.kernel.advisories import LOCKS, find_holes, read_advisories, read_pins
from enscene.kernel.ids import public_id
from enscene.partners.partner import PREFIX
from enscene.partners.watch_assets import watch_assets
from enscene.simulator.browser import Browser, Shown
from enscene.tenants.apps import find_app

FORMULAS = ('=HYPERLINK("https://evil.test","x")', "+1+cmd|' /C calc'!A0", "@SUM(1)", "-1+1")


async def exporting(arena: Arena, judged: Judged) -> None:
    """A file is taken out by one person, or carries a formula into a spreadsheet."""
    names = [await arena.new_traveller(f"csv-{n}", "1.00") for n in range(len(FORMULAS))]
    async with arena.pool.acquire() as connection, connection.transaction():
        await admit(connection, [arena.tenant.id])
        for name, formula in zip(names, FORMULAS, strict=True):
            await connection.execute(
                "update party set name = $3 where tenant = $1 and ref = $2",
                arena.tenant.id, name, formula,
            )  # fmt: skip
        today = await connection.fetchval(
            "select (max(at) at time zone $2)::date from event where tenant = $1",
            arena.tenant.id, arena.tenant.zone,
        )  # fmt: skip
    maker, checker = await desk_of(arena, "li"), await desk_of(arena, "wang")
    asked = await _press(
        maker, "/exports", "/exports", scene="travel", first_day=str(today - timedelta(days=1)),
        last_day=str(today + timedelta(days=1)), why="attack",
    )  # fmt: skip
    judged.check("a file is asked for", holds=asked.status == 200)
    export = (await checker.get("/exports")).find(r"/exports/([0-9a-f-]{36})/grant")
    one = f"/exports/{export}"
    judged.check("nobody has it before", holds=(await maker.get(f"{one}.csv")).status == 403)
    own = await _press(maker, "/exports", f"{one}/grant")
    judged.check("not granted by who asked", holds=own.status == 403)
    granted = await _press(checker, "/exports", f"{one}/grant")
    judged.check("granted by another", holds=granted.status == 200)
    judged.check("not for others", holds=(await checker.get(f"{one}.csv")).status == 403)
    file = await maker.get(f"{one}.csv")
    cells = [cell for row in csv.reader(io.StringIO(file.text.lstrip("\ufeff"))) for cell in row]
    judged.check("who asked has it", holds=file.status == 200 and len(cells) > len(names))
    judged.check("no cell is a formula", holds=not any(c[:1] in set("=+@-\t") for c in cells))
    judged.check("no names of persons", holds=not any(f in file.text for f in FORMULAS))


async def _press(desk: Browser, seen_on: str, path: str, **form: str) -> Shown:
    page = await desk.get(seen_on)
    return await desk.post(path, csrf=page.find(r'name="csrf" value="([^"]+)"'), **form)


async def lapsed(arena: Arena, judged: Judged) -> None:
    """A live partner whose certificate has ended: its application is closed, its tokens too."""
    name = f"lapsed-{uuid4().hex[:8]}"
    app = await arena.register(name, scopes=["scene:travel:*"], party="bank")
    token = await app.log_in()
    partner = await _live_partner(arena, name)
    checker, path = await desk_of(arena, "wang"), f"/partners/{public_id(PREFIX, partner)}"

    async def asks() -> int:
        headers = {"authorization": f"Bearer {token}"}
        return (await arena.wire.send("GET", "/v1/scenes", headers)).status

    async def asset(host: str, until: str) -> int:
        form = {"do": "add", "kind": "domain", "name": host, "certificate_until": until}
        return (await _press(checker, path, f"{path}/assets", **form)).status

    async def closed() -> bool:
        # A process of the API remembers an application for a few seconds.
        for _ in range(int(REMEMBERED_S) + 2):
            if await asks() in (401, 403):
                return True
            await asyncio.sleep(1)
        return False

    today = datetime.now(UTC).date()
    good = await asset("good.example.com", str(today + timedelta(days=90)))
    suspended = [each.id for each in await watch_assets(arena.pool, arena.tenant.id)]
    judged.check("a good certificate is let be",
                 holds=good == 200 and partner not in suspended and await asks() == 200)  # fmt: skip
    await asset("old.example.com", str(today - timedelta(days=1)))
    suspended = [each.id for each in await watch_assets(arena.pool, arena.tenant.id)]
    judged.check("one that has ended suspends", holds=partner in suspended)
    judged.check("a token that it has is closed", holds=await closed())
    back = await _press(checker, path, f"{path}/act", do="resume", why="attack: open again")
    judged.check("it is not opened again meanwhile",
                 holds=back.status >= 400 and await closed())  # fmt: skip


async def _live_partner(arena: Arena, name: str) -> UUID:
    """A partner as one that went live months ago, with the application of that name."""
    app = await find_app(arena.pool, f"{TENANT}.{name}")
    assert app is not None
    partner, tenant = uuid4(), arena.tenant.id
    async with arena.pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into partner (tenant, id, ref, name, contact, email, purpose, level, scopes, "
            "stage, live_app) values ($1, $2, $3, $3, 'x', 'x@example.com', 'x', 'A2', "
            "array['scene:travel:*'], 'live', $4)",
            tenant, partner, name, app.id,
        )  # fmt: skip
        await connection.execute(
            "insert into partner_stage (tenant, partner, n, stage, who) "
            "values ($1, $2, 1, 'live', 'wang')",
            tenant, partner,
        )  # fmt: skip
    return partner


async def others_code(arena: Arena, judged: Judged) -> None:
    """Packages are those of the lock, by their digests, and none that has a known hole."""
    known = read_advisories()
    for name in ("run", "risk", "test"):
        text = (LOCKS / f"{name}.txt").read_text(encoding="utf-8")
        pins = read_pins(text)
        judged.check(f"the lock {name} has no known hole", holds=not find_holes(pins, known))
        blocks = [part for part in re.split(r"\n(?=\S)", text) if not part.startswith("#")]
        digests = all("--hash=sha256:" in part for part in blocks)
        judged.check(f"the lock {name} names digests", holds=bool(pins) and digests)
        for package in pins.keys() & {each.package for each in known}:
            planted = find_holes(pins | {package: "0.0.1"}, known)
            judged.check(f"an old {package} is found", holds=bool(planted))
