"""Where a webhook may go: the addresses that partners may give, and what their names stand for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.api.webhooks import Rules
from enscene.api.webhooks.target import check_resolved, is_public, read_target
from enscene.kernel import controls
from enscene.kernel.errors import Invalid

RULES = Rules()
LOOPBACK = Rules(loopback=frozenset({"127.0.0.1", "localhost"}))

REFUSED = [
    "", "example.com", "//example.com/", "http://example.com/", "ftp://example.com/", "file:///etc",
    "HTTP://example.com/", "gopher://example.com/", "javascript:alert(1)", "https://", "https:///x",
    "https://user@example.com/", "https://user:pw@example.com/", "https://@example.com/",
    "https://example.com:22/", "https://example.com:80/", "https://example.com:99999/",
    "https://example.com:x/", "https://example.com/#part", "https://example.com/a b",
    "https://example.com/\r\nx: y", "https://example.com\\@127.0.0.1/", "https://exämple.com/",
    "https://例.com/", "https://example.com/" + "x" * 500, "https://[::1", "https://[example.com]/",
    "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://127.0.0.1./",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/",
    "https://0/", "https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/",
    "https://172.31.255.255/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/", "https://192.0.0.1/", "https://192.0.2.1/", "https://198.18.0.1/",
    "https://224.0.0.1/", "https://239.255.255.255/", "https://240.0.0.1/", "https://255.255.255.255/",
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/", "https://[::127.0.0.1]/", "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[ff02::1]/",
    "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::1]/", "https://[2001:db8::1]/",
    "https://[2001:0:7f00:1::]/", "https://[fec0::1]/", "https://[100::1]/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
@pytest.mark.parametrize("sandbox", [True, False])
def test_what_leads_inside_is_refused_when_it_is_given(url, sandbox):
    with pytest.raises(Invalid) as refused:
        read_target(url, RULES, sandbox=sandbox)
    assert refused.value.code == "webhook.bad_url"


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://example.com", "example.com", 443, "/", b"example.com"),
        ("https://Example.COM:8443/in?a=1", "example.com", 8443, "/in?a=1", b"example.com:8443"),
        ("https://example.com:443/%E4%BD%A0", "example.com", 443, "/%E4%BD%A0", b"example.com:443"),
        ("https://xn--fsq.example/", "xn--fsq.example", 443, "/", b"xn--fsq.example"),
        ("https://8.8.8.8/hook", "8.8.8.8", 443, "/hook", b"8.8.8.8"),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "/", b"[2606:4700::1111]"),
    ],
)  # fmt: skip
def test_public_addresses_are_taken_apart(url, host, port, path, authority):
    target = read_target(url, RULES, sandbox=False)
    assert (target.tls, target.host, target.port, target.path) == (True, host, port, path)
    assert target.authority == authority
    assert not target.loopback


def test_a_name_of_this_machine_is_for_sandboxes_and_only_when_it_is_allowed_by_name():
    url = "http://127.0.0.1:9000/hook"
    assert read_target(url, LOOPBACK, sandbox=True).loopback
    for rules, sandbox in ((LOOPBACK, False), (RULES, True), (RULES, False)):
        with pytest.raises(Invalid):
            read_target(url, rules, sandbox=sandbox)
    with pytest.raises(Invalid):
        read_target("http://127.0.0.2:9000/", LOOPBACK, sandbox=True)


@pytest.mark.parametrize(
    "addresses",
    [
        [], ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"],
        ["::1"], ["::ffff:169.254.169.254"], ["fe80::1%eth0"], ["0.0.0.0"], ["not an address"],
    ],
)  # fmt: skip
def test_every_address_of_a_name_has_to_be_public(addresses):
    target = read_target("https://partner.example/", RULES, sandbox=True)
    with pytest.raises(Invalid):
        check_resolved(target, addresses, RULES)
    assert check_resolved(target, ["93.184.216.34", "2606:4700::1"], RULES) == "93.184.216.34"


def test_localhost_has_to_be_this_machine():
    target = read_target("http://localhost:9000/", LOOPBACK, sandbox=True)
    assert check_resolved(target, ["::1", "127.0.0.1"], LOOPBACK) == "::1"
    with pytest.raises(Invalid):
        check_resolved(target, ["93.184.216.34"], LOOPBACK)


def test_networks_of_the_bank_are_denied():
    rules = Rules(denied=(ip_network("93.184.216.0/24"),))
    target = read_target("https://partner.example/", rules, sandbox=False)
    with pytest.raises(Invalid):
        check_resolved(target, ["93.184.216.34"], rules)


@given(st.ip_addresses(v=4))
def test_no_address_is_more_public_in_disguise(plain: IPv4Address):
    public = is_public(plain)
    number = int(plain)
    for disguise in (
        IPv6Address(f"::ffff:{plain}"),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address(number),
    ):
        assert is_public(disguise) is public, (plain, disguise)


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        assert not is_public(ip_address(str(address)))


@pytest.mark.parametrize(
    ("control", "url"),
    [
        ("webhook_scheme", "http://example.com:443/"),
        ("webhook_port", "https://example.com:22/"),
        ("webhook_address", "https://169.254.169.254/"),
    ],
)
def test_each_control_is_what_refuses(control, url, monkeypatch):
    with pytest.raises(Invalid):
        read_target(url, RULES, sandbox=False)
    monkeypatch.setitem(controls._CONTROLS, control, lambda *args, **kwargs: None)
    read_target(url, RULES, sandbox=False)
