"""The site of `up`: open API, console and customers' pages at one address."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Collection
from ipaddress import ip_address
from typing import Any, Protocol

import msgspec

from enscene.api import PREFIXES, ApiSettings, Gateway, create_app
from enscene.api.bring_in import TrafficWorker
from enscene.api.http import JSON, Request, Response, send_response, wrong_method
from enscene.api.partners import ConformanceWorker, MonitorWorker
from enscene.api.problems import CONTENT_TYPE, internal_problem, problem_of
from enscene.api.server import serving
from enscene.api.structs import convert
from enscene.api.webhooks import WebhookWorker, webhook_settings
from enscene.billing import Bookkeeper
from enscene.cli._demo_tree import OPERATOR
from enscene.cli._device_line import devices_open
from enscene.cli._norm_facts import FACTS
from enscene.cli._pack_folders import PACKS
from enscene.cli._say import say
from enscene.cli._up_steps import Up
from enscene.customers.erasure import FILE as ERASED
from enscene.customers.erasure import read_erased
from enscene.engagement import erase_again, reactor_of
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.lake import FOLDER, Folder, Lake, LakeWorker
from enscene.operations.copying import CreditWorker
from enscene.operations.indicators import IndicatorWorker
from enscene.partners.rails import RailClock, Rails
from enscene.scenes.runtime import SceneHost
from enscene.storage import PATIENCE_S, StorageFault, open_pool, seal_of_home, unavailable_of
from enscene.storage.errors import MISCONFIGURED
from enscene.tenants import list_tenants
from enscene.tenants.apps import withdrawn
from enscene.web import Console, ConsoleSettings, create_console, fetch_assets
from enscene.web.h5_token import LIFE_S, issue_h5_token
from enscene.web.hosts import OWN, hosts_of

POOL_MOST = 12
WEBHOOK_POOL_MOST = 4
DEMO_TENANT = "sandbox"
log = logging.getLogger("enscene.site")


def allowed_hosts() -> frozenset[str]:
    """This machine's own names and those of ENSCENE_ALLOWED_HOSTS. Raises: StorageFault."""
    try:
        more = hosts_of(os.environ.get("ENSCENE_ALLOWED_HOSTS", ""))
    except Invalid as error:
        raise StorageFault(
            f"ENSCENE_ALLOWED_HOSTS 有误：{error.detail}",
            f"ENSCENE_ALLOWED_HOSTS: {error.detail} ({error.hint})",
            exit_code=MISCONFIGURED,
        ) from None
    return more.union(OWN)


def trusted_proxies() -> frozenset[str]:
    """The addresses of ENSCENE_TRUSTED_PROXIES, whose X-Forwarded-For says where calls come from.
    Raises: StorageFault."""
    words = os.environ.get("ENSCENE_TRUSTED_PROXIES", "").replace(",", " ").split()
    try:
        return frozenset(str(ip_address(word)) for word in words)
    except ValueError as error:
        raise StorageFault(
            f"ENSCENE_TRUSTED_PROXIES 有误：{error}", f"ENSCENE_TRUSTED_PROXIES: {error}",
            exit_code=MISCONFIGURED,
        ) from None  # fmt: skip


class Worker(Protocol):
    """What works in the background as long as the site is there."""

    def start(self) -> None: ...
    async def stop(self) -> None: ...


async def serve_site(up: Up) -> None:
    """Serve until this task is cancelled."""
    port = up.arguments.port
    issuer = f"http://127.0.0.1:{port}"
    assets = await asyncio.to_thread(fetch_assets, up.home)
    if assets is None:
        say("前端组件未能下载，页面仍可使用", "no front-end packages: the pages work without them")
    pool = await open_pool(up.database.url_app, size_max=POOL_MOST, patience_s=PATIENCE_S)
    host = SceneHost(pool)
    tenants = await list_tenants(pool)
    shards = sorted({t.shard for t in tenants})
    rails = Rails(pool)
    reactors = [
        reactor_of(pool, host, shard, dues=[RailClock(rails, pool, shard, host.service)])
        for shard in shards
    ]
    # Whatever a restore has brought back, by whichever tool.
    await erase_again(pool, host, read_erased(up.home / ERASED))
    settings = _settings(up, issuer, {tenant.ref for tenant in tenants})
    operator, seal = settings.operator, seal_of_home(up.home)
    # Connections of its own: whatever partners do, requests wait for none of them.
    partners = await open_pool(
        up.database.url_app, size_max=WEBHOOK_POOL_MOST, patience_s=PATIENCE_S
    )
    host.service.pools.append(partners)
    webhooks = WebhookWorker(partners, host, seal, webhook_settings(), shards)
    lake = Lake(partners, Folder(up.home / FOLDER))
    workers: tuple[Worker, ...] = (
        webhooks, ConformanceWorker(partners, seal, webhook_settings()), Bookkeeper(partners),
        MonitorWorker(partners), TrafficWorker(partners), host.service,
        LakeWorker(lake, host.service), IndicatorWorker(partners, lake, host.service),
        CreditWorker(partners, host.service),
    )  # fmt: skip
    gateway = create_app(host, pool, settings)
    await gateway.keyring.ready()
    web = create_console(
        host, pool,
        ConsoleSettings(
            packs=PACKS, assets=assets, hosts=allowed_hosts(), seal=seal, operator=operator,
            apis=gateway.catalogue.entries, facts=FACTS, erased=up.home / ERASED,
            next_day=gateway.clock.next_day,
        ),
    )  # fmt: skip
    console: Console = web.state.console
    for each in (*reactors, *workers):
        each.start()
    try:
        async with (
            closing(gateway),
            serving(Site(gateway, web, host, pool), port=port) as url,
            devices_open(pool, host, up.home) as mqtt_port,
        ):
            say(f"设备 MQTT 端口 {mqtt_port}", f"devices by MQTT at port {mqtt_port}")
            say(f"控制台 {url}，按 Ctrl-C 结束", f"console at {url}, Ctrl-C ends")
            try:
                await asyncio.Event().wait()
            finally:
                await console.close()
    finally:
        for each in (*workers, *reactors):
            await each.stop()
        await rails.close()
        await host.close()
        await partners.close()
        await pool.close()


def _settings(up: Up, issuer: str, tenants: Collection[str]) -> ApiSettings:
    return ApiSettings(
        issuer=issuer, documented_tenant=DEMO_TENANT if DEMO_TENANT in tenants else None,
        packs=PACKS, seal=seal_of_home(up.home),
        certificate_header=os.environ.get("ENSCENE_CLIENT_CERTIFICATE_HEADER") or None,
        # On a database that others run nobody is the operator unless they say so.
        operator=os.environ.get("ENSCENE_OPERATOR") or (OPERATOR if up.allows_demo else None),
        proxies=trusted_proxies(),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def closing(gateway: Gateway) -> AsyncIterator[None]:
    """Around what serves the gateway: when no call can come any more, and while there is a database
    to write to, what was counted of calls is written down."""
    try:
        yield
    finally:
        await gateway.close()


def _is_page_of_status(scope: Any) -> bool:
    """A browser gets the state of service as a page, a program as JSON."""
    accepts = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return scope["path"] == "/status" and b"text/html" in accepts


class H5Order(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /h5/token`: who is to look at which page."""

    scene: str
    page: str
    party: str


class Site:
    """One address: the API's prefixes to the API, all else to the console.

    `POST /h5/token` stands between them: an application that may act for a party gets the token
    with which that party's page opens.
    """

    def __init__(self, gateway: Gateway, web: Any, host: SceneHost, pool: Any) -> None:
        self._gateway = gateway
        self._web = web
        self._host = host
        self._pool = pool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (
            not scope["path"].startswith(PREFIXES) or _is_page_of_status(scope)
        ):
            if scope["path"] == "/h5/token":
                await self._h5_token(Request(scope, receive), send)
            else:
                await self._web(scope, receive, send)
        else:
            await self._gateway(scope, receive, send)

    async def _h5_token(self, request: Request, send: Any) -> None:
        try:
            response = await self._issue(request)
        except EnsceneError as error:
            problem = problem_of(error, request.id)
            headers = ((b"content-type", CONTENT_TYPE), *problem.headers)
            response = Response(problem.body, problem.status, headers)
        except Exception as error:
            told = unavailable_of(error)
            if told is None:
                log.exception("request %s failed", request.id)
                problem = internal_problem(request.id)
            else:
                log.warning("request %s: %r", request.id, error)
                problem = problem_of(told, request.id)
            headers = ((b"content-type", CONTENT_TYPE), *problem.headers)
            response = Response(problem.body, problem.status, headers)
        with contextlib.suppress(ConnectionError):
            await send_response(send, request.id, response)

    async def _issue(self, request: Request) -> Response:
        if request.method != "POST":
            raise wrong_method("POST")
        access = self._gateway.access
        caller = await access.caller(request)
        order = convert(await request.json_body(), H5Order)
        scene = await self._host.scene(caller.tenant, order.scene)
        page = scene.pack.pages.get(order.page)
        if page is None:
            raise NotFound("there is no such page", code="h5.no_page", param="page")
        # The page can do all that its person may do: so must the application be allowed to.
        grants = set()
        for action in scene.pack.actions.values():
            if page.who in action.by:
                actor = await access.actor_of(
                    caller, order.party, page.who, order.scene, action.name
                )
                if actor.grant is not None:
                    grants.add(actor.grant)
        for grant in grants:
            # The caller is remembered for a while; what it was allowed may be over.
            if not await access.is_in_force(caller, caller.grants[grant]):
                raise withdrawn()
        token = await issue_h5_token(
            self._pool, caller.tenant, order.scene, order.party, grants=grants
        )
        body = msgspec.json.encode({"token": token, "expires_in": LIFE_S})
        return Response(body, 200, (JSON, (b"cache-control", b"no-store")))
