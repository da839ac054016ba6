"""An outside scene: a small web site whose pages stand in a bank's app. What every scene shares.

Needs Python and `enscene_client` (sdk/python). Written from docs/bring-in.md alone.
"""

from __future__ import annotations

import html
import json
import secrets
import threading
from collections.abc import Mapping
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from enscene_client import Client, Key, Problem

WORDS = {
    "zh": {"choose": "请选择", "mine": "我的订单", "again": "请从银行 App 打开", "pay": "去银行付款",
           "ordered": "已下单", "none": "还没有订单"},
    "en": {"choose": "Choose", "mine": "My orders", "again": "Open this from the bank's app",
           "pay": "Pay at the bank", "ordered": "Ordered", "none": "Nothing ordered yet"},
}  # fmt: skip
STATES = {
    "zh": {"placed": "待付款", "paid": "已付款", "delivered": "已完成", "cancelled": "已取消",
           "refunded": "已退款"},
    "en": {"placed": "to be paid", "paid": "paid", "delivered": "done", "cancelled": "cancelled",
           "refunded": "given back"},
}  # fmt: skip


class Scene:
    """A shop of some sort. `goods` are (code, Chinese, English, price as a text); `pay` is bank
    where the customer pays at the bank's cashier, elsewhere where the scene takes the money."""

    name = "scene"
    title = ("场景", "Scene")
    goods: tuple[tuple[str, str, str, str], ...] = ()
    pay = "elsewhere"

    def __init__(self, config: Mapping[str, Any], port: int = 0) -> None:
        strict = self.pay == "bank"
        self.client = Client(
            config["base"], config["client_id"], Key.from_jwk(config["private_jwk"]), dpop=strict,
            signing=strict, issuer=config.get("issuer"),
        )  # fmt: skip
        self.bank = _origin(config["base"])
        self.visits: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, list[dict[str, Any]]] = {}
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """No more of it."""
        self.server.shutdown()
        self.server.server_close()
        self.client.close()

    # -- what it does with the bank --------------------------------------------------------

    def arrive(self, code: str) -> str:
        """Exchange a customer's code, server to server; the session that begins with it."""
        body = {"code": code, "origin": self.origin}
        came = self._call("POST", "/v1/brought-in/visits", body)
        session = secrets.token_urlsafe(24)
        with self.lock:
            self.visits[session] = came
        return session

    def order(self, session: str, code: str) -> dict[str, Any]:
        """Sell something, and tell the bank; the order as the bank knows it."""
        came = self.visits[session]
        good = next(each for each in self.goods if each[0] == code)
        number = f"{self.name}-{secrets.token_hex(5)}"
        placed = {
            "entry": came["entry"], "person": came["person"], "visit": came["visit"],
            "title": good[1 if came["language"] == "zh" else 2], "amount": good[3],
            "currency": "CNY", "state": "placed", "pay": self.pay,
        }  # fmt: skip
        if self.pay == "bank":
            placed["return_to"] = f"{self.origin}/"
        told = self.tell(number, placed)
        if self.pay == "elsewhere":  # paid here, by whatever the shop takes
            told = self.tell(number, {**placed, "state": "paid"})
        with self.lock:
            self.orders.setdefault(came["person"], []).append({**placed, "number": number})
        return told

    def tell(self, number: str, order: dict[str, Any]) -> dict[str, Any]:
        """Tell the state of an order. The same again changes nothing, so it may be sent again."""
        return self._call("PUT", f"/v1/brought-in/orders/{number}", order)

    def look(self, number: str) -> dict[str, Any]:
        """What the bank knows of an order: whether it was paid at the cashier."""
        told: dict[str, Any] = self.client.get(f"/v1/brought-in/orders/{number}").body
        return told

    def _call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = self.client.call(method, path, body, key=secrets.token_hex(12)).body
        return told

    # -- its pages -------------------------------------------------------------------------

    def page(self, session: str | None) -> str:
        """What there is to buy, and what was bought."""
        came = None if session is None else self.visits.get(session)
        if came is None:
            return f"<p>{WORDS['zh']['again']} · {WORDS['en']['again']}</p>"
        language = came["language"]
        words, place = WORDS[language], 1 if language == "zh" else 2
        buttons = "".join(
            f'<form method="post" action="/order"><button name="good" value="{good[0]}">'
            f"{html.escape(good[place])} ¥{good[3]}</button></form>"
            for good in self.goods
        )
        rows = []
        for each in self.orders.get(came["person"], []):
            told = self.look(each["number"])
            pay = ""
            if told["pay_at"]:
                pay = f' <a data-order="{told["id"]}" href="{told["pay_at"]}">{words["pay"]}</a>'
            rows.append(
                f"<li>{html.escape(each['title'])} · {STATES[language][told['state']]}{pay}</li>"
            )
        listed = f"<ul>{''.join(rows)}</ul>" if rows else f"<p>{words['none']}</p>"
        return f"<h2>{words['choose']}</h2>{buttons}<h2>{words['mine']}</h2>{listed}"


def _handler(scene: Scene) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/in-frame.js":
                self._send(200, _SCRIPT % json.dumps(scene.bank), "text/javascript")
                return
            if address.path != "/":
                self._send(404, "404")
                return
            code = parse_qs(address.query).get("visit_code")
            if code is None:
                self._send(200, scene.page(self._session()))
                return
            try:
                session = scene.arrive(code[0])
            except Problem:
                self._send(403, scene.page(None))
                return
            # The code stays in no address: the page that is shown has none.
            self._go("/", f"scene_{scene.name}={session}; HttpOnly; SameSite=Lax; Path=/")

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("content-length") or 0)).decode())
            session = self._session()
            if self.headers.get("origin") not in (None, scene.origin) or session is None:
                self._send(403, scene.page(None))
                return
            scene.order(session, form["good"][0])
            self._go("/")

        def _session(self) -> str | None:
            # Cookies know no ports: scenes on one machine see each other's, so each has its name.
            own = SimpleCookie(self.headers.get("cookie", "")).get(f"scene_{scene.name}")
            return own.value if own is not None and own.value in scene.visits else None

        def _go(self, place: str, cookie: str | None = None) -> None:
            self.send_response(303)
            self.send_header("location", place)
            if cookie:
                self.send_header("set-cookie", cookie)
            self.send_header("content-length", "0")
            self.send_header("referrer-policy", "same-origin")
            self.end_headers()

        def _send(self, status: int, body: str, kind: str = "text/html") -> None:
            raw = (_whole(scene, body) if kind == "text/html" else body).encode()
            self.send_response(status)
            self.send_header("content-type", f"{kind}; charset=utf-8")
            self.send_header("content-length", str(len(raw)))
            self.send_header("referrer-policy", "same-origin")
            self.send_header("x-content-type-options", "nosniff")
            self.send_header(
                "content-security-policy",
                "default-src 'none'; script-src 'self'; form-action 'self'; base-uri 'none'; "
                f"frame-ancestors {scene.bank}",
            )
            self.end_headers()
            self.wfile.write(raw)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing: codes would stand in the log."""

    return Handler


def _whole(scene: Scene, body: str) -> str:
    title = " · ".join(scene.title)
    return (
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<h1>{title}</h1>{body}<script src="/in-frame.js"></script></html>'
    )


# In a frame of the bank the cashier is the bank's page around it; no other origin hears it.
_SCRIPT = """
if (parent !== window) for (const link of document.querySelectorAll("a[data-order]"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    parent.postMessage({type: "enscene.pay", order: link.dataset.order}, %s);
  });
"""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
