"""Signatures: published vectors, and everything that a receiver has to refuse."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.api.webhooks import BadWebhook, verify
from enscene.api.webhooks.sign import SigningKey, content_of, headers_of
from enscene.kernel import controls

# The example that the libraries of Standard Webhooks share.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
# RFC 8032, 7.1, test 1: the key alone; what it signs is ours.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def signed(**changed):
    """The example's headers, with some of them replaced."""
    values = {"id": ID, "timestamp": str(AT), "signature": SIGNATURE} | changed
    return {f"webhook-{name}": value for name, value in values.items() if value is not None}


def test_the_published_example_is_made_and_taken():
    key = SigningKey("v1", base64.b64decode(SECRET.removeprefix("whsec_")))
    assert dict(headers_of([key], ID, AT, BODY)) == signed()
    assert key.secret == SECRET
    assert verify(SECRET, signed(), BODY, now=AT) == ID
    titled = {name.title(): value for name, value in signed().items()}
    assert verify(SECRET, titled, BODY, now=AT) == ID


def test_a_pair_shows_the_public_key_that_the_rfc_derives_and_no_secret():
    key = SigningKey("v1a", SEED)
    assert key.public == "whpk_" + base64.b64encode(PUBLIC).decode()
    assert key.secret is None
    headers = dict(headers_of([key], ID, AT, BODY))
    assert verify(key.public, headers, BODY, now=AT) == ID


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (signed(), BODY + b" "),
        (signed(), BODY.replace(b"4", b"5")),
        (signed(), b""),
        (signed(id="msg_other"), BODY),
        (signed(timestamp=str(AT + 1)), BODY),
        (signed(signature=""), BODY),
        (signed(signature=None), BODY),
        (signed(signature="v1,"), BODY),
        (signed(signature="v1"), BODY),
        (signed(signature="v2" + SIGNATURE[2:]), BODY),
        (signed(signature="v1a" + SIGNATURE[2:]), BODY),
        (signed(signature=SIGNATURE[:-4] + "AAA="), BODY),
        (signed(signature=SIGNATURE + "="), BODY),
        (signed(signature=SIGNATURE[3:]), BODY),
        (signed(id=None), BODY),
        (signed(id=f"{ID}.{AT}"), BODY),
        (signed(timestamp=None), BODY),
        (signed(timestamp="now"), BODY),
        (signed(timestamp=f" {AT}"), BODY),
        (signed(timestamp="-1"), BODY),
    ],
)
def test_what_was_tampered_with_is_refused(headers, body):
    with pytest.raises(BadWebhook):
        verify(SECRET, headers, body, now=AT)


@pytest.mark.parametrize("late_s", [301, -301, 86_400])
def test_a_message_of_301_seconds_ago_or_ahead_is_refused(late_s):
    with pytest.raises(BadWebhook, match="old"):
        verify(SECRET, signed(), BODY, now=AT + late_s)


def test_300_seconds_are_taken():
    assert verify(SECRET, signed(), BODY, now=AT + 300) == ID


def test_one_of_several_signatures_is_enough_and_so_is_one_of_several_secrets():
    old, new = SigningKey.generate("v1"), SigningKey.generate("v1")
    pair = SigningKey.generate("v1a")
    headers = dict(headers_of([new, pair, old], ID, AT, BODY))
    assert headers["webhook-signature"].count(" ") == 2
    for secret in (old.secret, new.secret, pair.public, [SECRET, new.secret]):
        assert verify(secret, headers, BODY, now=AT) == ID
    with pytest.raises(BadWebhook):
        verify(SECRET, headers, BODY, now=AT)
    with pytest.raises(BadWebhook):
        verify(SigningKey.generate("v1a").public, headers, BODY, now=AT)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_*", "whpk_", [], "secret"])
def test_what_is_no_secret_is_told_to_the_programmer(secret):
    with pytest.raises(ValueError, match=r"secret|whsec|24"):
        verify(secret, signed(), BODY, now=AT)


@given(st.binary(max_size=200), st.sampled_from(["v1", "v1a"]), st.binary(min_size=1, max_size=9))
def test_no_other_body_has_the_same_signature(body, scheme, more):
    key = SigningKey.generate(scheme)
    headers = dict(headers_of([key], "evt_1_2", AT, body))
    secret = key.secret or key.public
    assert verify(secret, headers, body, now=AT) == "evt_1_2"
    with pytest.raises(BadWebhook):
        verify(secret, headers, body + more, now=AT)
    assert content_of("evt_1_2", AT, body).endswith(body)


@pytest.mark.parametrize(
    ("control", "headers", "late_s"),
    [("webhook_age", signed(), 301), ("webhook_signature", signed(signature=""), 0)],
)
def test_each_control_is_what_refuses(control, headers, late_s, monkeypatch):
    with pytest.raises(BadWebhook):
        verify(SECRET, headers, BODY, now=AT + late_s)
    monkeypatch.setitem(controls._CONTROLS, control, lambda *args, **kwargs: None)
    assert verify(SECRET, headers, BODY, now=AT + late_s) == ID
