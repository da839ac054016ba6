"""The console answers to its own names alone."""

from __future__ import annotations

import httpx
import pytest

from enscene.kernel.errors import Invalid
from enscene.web import ConsoleSettings, create_console
from enscene.web.hosts import OWN, hosts_of, is_allowed
from web.conftest import ROOT, Bank


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8700", True),
        ("localhost", True),
        ("LOCALHOST:9", True),
        ("[::1]:8700", True),
        ("bank.example", True),
        ("Bank.Example:444", True),
        ("console.example:8443", True),
        ("console.example", False),
        ("console.example:1", False),
        ("evil.example", False),
        ("evil.bank.example", False),
        ("bank.example.evil.example", False),
        ("bank.example@evil.example", False),
        ("bank.example:80:80", False),
        ("bank.example/", False),
        ("", False),
    ],
)
def test_only_its_own_names_are_allowed(host: str, allowed: bool) -> None:
    hosts = hosts_of(" bank.example,console.example:8443 ").union(OWN)
    assert is_allowed(host, hosts) is allowed


@pytest.mark.parametrize("text", ["https://bank.example", "bank.example/x", "*", "a b:x"])
def test_a_setting_that_names_no_host_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        hosts_of(text)
    assert raised.value.code == "web.bad_host"


async def test_another_host_is_told_that_it_is_misdirected(bank: Bank) -> None:
    settings = ConsoleSettings(packs=ROOT / "packs", hosts=frozenset({"bank.test"}))
    app = create_console(bank.host, bank.pool, settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bank.test") as client:
        assert (await client.get("/login")).status_code == 200
        for path in ("/login", "/", "/static/console.css"):
            answer = await client.get(path, headers={"host": "evil.test"})
            assert answer.status_code == 421
            assert "set-cookie" not in answer.headers
            assert "evil" not in answer.text
        two = [("host", "bank.test"), ("host", "evil.test")]
        assert (await client.get("/login", headers=two)).status_code == 400
