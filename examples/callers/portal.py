"""A company's portal: employees log in, and buy delay cover for themselves.

    python portal.py pin                     # a pin for the settings, read from the terminal
    python portal.py portal.json

The browser has a session with the portal, and nothing of the bank: the portal calls with a bearer
token (private_key_jwt) and names the employee, who has let it act, in Acting-Party. Put TLS in
front of it. Needs `enscene_client` (sdk/python).
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import html
import json
import secrets
import sys
import time
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from enscene_client import Client, Key, Problem, Unreachable

BODY_MOST = 4_096
SESSION_S = 8 * 3_600.0
PAGE = """<!doctype html><meta charset="utf-8"><title>企业差旅门户 · Company travel</title>
<main><h1>航班延误险 · Delay cover</h1>{body}</main>"""
LOGIN = """<form method="post" action="/login"><label>工号 · Name <input name="name"></label>
<label>口令 · Pin <input name="pin" type="password"></label><button>登录 · Log in</button></form>"""
# The number of the policy stands in the form: sent twice, it is still one order.
ORDER = """<form method="post" action="/cover"><input type="hidden" name="policy" value="{policy}">
<label>航班 · Flight <input name="flight"></label><button>投保 · Buy</button></form>"""


def digest_of(pin: str, salt: str) -> str:
    """A slow digest; the settings have it as `salt$digest`."""
    return hashlib.scrypt(pin.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()


class Portal:
    """Who is logged in, and what they buy."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.people: dict[str, str] = settings["people"]
        self.scene: str = settings["scene"]
        self.sessions: dict[str, tuple[str, float]] = {}
        key = Key.from_file(Path(settings["key"]))
        self.bank = Client(settings["base"], settings["client_id"], key)

    def log_in(self, name: str, pin: str) -> str | None:
        """A new session, if the pin is right."""
        salt, _, wanted = self.people.get(name, "-$").partition("$")
        if not hmac.compare_digest(digest_of(pin, salt), wanted):
            return None
        session = secrets.token_urlsafe(32)
        self.sessions[session] = name, time.monotonic() + SESSION_S
        return session

    def who(self, session: str) -> str | None:
        """Whose session it is, as long as it lasts."""
        name, ends = self.sessions.get(session, ("", 0.0))
        if time.monotonic() < ends:
            return name
        self.sessions.pop(session, None)
        return None

    def buy(self, name: str, policy: str, flight: str) -> tuple[int, dict[str, Any]]:
        """Cover for the employee: a status, and what the bank says."""
        order = {"policy": policy, "traveller": name, "flight": flight}
        try:
            done = self.bank.act(
                self.scene, "buy_cover", order, key=f"portal-{name}-{policy}", party=name
            )
        except Problem as refused:
            told = {"policy": policy, "refused": refused.code, "hint": refused.hint}
            return (422 if refused.status < 500 else 503), told
        except Unreachable:
            return 503, {"policy": policy, "refused": "unavailable", "hint": "send it again"}
        return 200, {"policy": policy, "replayed": done.replayed, **done.body}


class Handler(BaseHTTPRequestHandler):
    """Three addresses: `/`, `/login`, `/cover`."""

    server: Server

    def do_GET(self) -> None:
        """The form that is next."""
        if self.path != "/":
            self._page(404, "")
            return
        form = ORDER.format(policy=secrets.token_hex(8))
        self._page(200, form if self._name() else LOGIN)

    def do_POST(self) -> None:
        """Log in, or buy."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= BODY_MOST:
            self._page(413, "")
            return
        told = parse_qs(self.rfile.read(length).decode("utf-8", "replace"))
        given = {name: values[0] for name, values in told.items()}
        if self.path == "/login":
            session = self.server.portal.log_in(given.get("name", ""), given.get("pin", ""))
            # SameSite: no other site can send the order of somebody who is logged in here.
            cookie = f"session={session}; HttpOnly; SameSite=Strict; Path=/"
            self._page(303 if session else 403, LOGIN, cookie if session else None)
            return
        name = self._name()
        if self.path != "/cover" or name is None:
            self._page(403 if self.path == "/cover" else 404, LOGIN)
            return
        status, answer = self.server.portal.buy(
            name, given.get("policy", ""), given.get("flight", "")
        )
        self._page(status, f"<pre>{html.escape(json.dumps(answer, ensure_ascii=False))}</pre>")

    def _name(self) -> str | None:
        session = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        return self.server.portal.who(session.value) if session else None

    def _page(self, status: int, body: str, cookie: str | None = None) -> None:
        content = PAGE.format(body=body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if cookie is not None:
            self.send_header("Set-Cookie", cookie)
            self.send_header("Location", "/")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing is written down of who asks for what."""


class Server(ThreadingHTTPServer):
    """The portal on this machine."""

    def __init__(self, portal: Portal, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.portal = portal


def main() -> None:
    """Serve until it is stopped."""
    if sys.argv[1] == "pin":
        salt = secrets.token_hex(8)
        print(f"{salt}${digest_of(getpass.getpass('pin: '), salt)}")
        return
    settings = json.loads(Path(sys.argv[1]).read_text())
    server = Server(Portal(settings), settings.get("port", 0))
    print(json.dumps({"portal": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
