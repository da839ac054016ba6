"""SM2 and RSA2 by published vectors, and with OpenSSL as the other side."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st

from api.gateway_profile.caller import sm2_jwk
from enscene.api.gateway_profile import sm2
from enscene.api.gateway_profile.keys import GatewayKeys
from enscene.api.gateway_profile.sign_types import is_rsa2
from enscene.kernel.errors import Invalid
from enscene.storage import seal_of_environment
from enscene.tenants.apps import check_public_keys

DATA = Path(__file__).parents[4] / "shared" / "data"
# GB/T 32918.5, annex A.2: the recommended curve, the default user id.
D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
X = 0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
Y = 0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
MESSAGE = b"message digest"

SERVED = pytest.mark.skipif(not sm2.is_served(), reason="no library of SM2 for this machine")


def _openssl_has_sm2() -> bool:
    if shutil.which("openssl") is None:
        return False
    told = subprocess.run(["openssl", "ecparam", "-list_curves"], capture_output=True, check=False)
    return b"SM2" in told.stdout


OPENSSL = pytest.mark.skipif(not _openssl_has_sm2(), reason="no openssl with SM2 on this machine")


def standard_key() -> sm2.Sm2Key:
    return sm2.Sm2Key(D.to_bytes(32, "big"))


@SERVED
def test_the_example_of_the_standard() -> None:
    key = standard_key()
    assert key.point == (X, Y)
    jwk = sm2_jwk(key)
    assert sm2.is_signed(jwk, MESSAGE, encode_dss_signature(R, S))
    assert not sm2.is_signed(jwk, MESSAGE + b" ", encode_dss_signature(R, S))
    assert not sm2.is_signed(jwk, MESSAGE, encode_dss_signature(S, R))
    assert sm2.is_signed(jwk, MESSAGE, key.sign(MESSAGE))


@SERVED
def test_what_is_no_signature_is_none() -> None:
    jwk, good = sm2_jwk(standard_key()), encode_dss_signature(R, S)
    for bad in (
        b"", b"0", b"x" * 64, b"x" * 300, good[:-1], good + b"\0", b"0\x80" + good[2:] + b"\0\0",
        R.to_bytes(32, "big") + S.to_bytes(32, "big"), encode_dss_signature(0, S),
        encode_dss_signature(R, 0), encode_dss_signature(R, N), encode_dss_signature(N, S),
        encode_dss_signature(R + N, S), encode_dss_signature(R, S + N), encode_dss_signature(R, N - R),
    ):  # fmt: skip
        assert not sm2.is_signed(jwk, MESSAGE, bad), bad.hex()


@SERVED
@given(st.binary(max_size=300), st.binary(max_size=90))
@settings(max_examples=40, deadline=None)
def test_every_message_is_signed_and_nothing_else_is(message: bytes, noise: bytes) -> None:
    key = standard_key()
    signature = key.sign(message)
    assert sm2.is_signed(sm2_jwk(key), message, signature)
    assert not sm2.is_signed(sm2_jwk(key), message + b"x", signature)
    assert not sm2.is_signed(sm2_jwk(key), message, noise)


@SERVED
@OPENSSL
def test_openssl_takes_our_signatures_and_we_take_its(tmp_path: Path) -> None:
    ours = sm2.Sm2Key.generate()
    (tmp_path / "ours.pem").write_text(ours.public_pem())
    (tmp_path / "message").write_bytes("金额=12.00&商户=学校".encode())
    (tmp_path / "signature").write_bytes(ours.sign((tmp_path / "message").read_bytes()))
    run(tmp_path, "dgst", "-sm3", "-verify", "ours.pem", "-signature", "signature",
        "-sigopt", "distid:1234567812345678", "message")  # fmt: skip
    run(tmp_path, "genpkey", "-algorithm", "SM2", "-out", "theirs.pem")
    run(tmp_path, "dgst", "-sm3", "-sign", "theirs.pem", "-out", "signature",
        "-sigopt", "distid:1234567812345678", "message")  # fmt: skip
    run(tmp_path, "pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER", "-out", "theirs.der")
    point = (tmp_path / "theirs.der").read_bytes()[-64:]
    x, y = (
        base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[:32], point[32:])
    )
    jwk = {"kty": "EC", "crv": "SM2", "kid": "theirs", "x": x, "y": y}
    assert check_public_keys([jwk]) == [jwk]
    message, signature = (tmp_path / "message").read_bytes(), (tmp_path / "signature").read_bytes()
    assert sm2.is_signed(jwk, message, signature)
    assert not sm2.is_signed(jwk, message + b"0", signature)


def run(folder: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def test_a_key_that_is_no_point_of_the_curve_is_not_registered() -> None:
    def number(value: int) -> str:
        return base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()

    good = {"kty": "EC", "crv": "SM2", "kid": "k", "x": number(X), "y": number(Y)}
    assert check_public_keys([good]) == [good]
    for bad in (
        {"y": number(Y + 1)}, {"x": number(0), "y": number(0)}, {"x": ""}, {"x": None},
        {"x": number(X) + "AA"}, {"y": "*" * 43}, {"y": "安" * 43}, {"x": 5}, {"d": number(D)},
        {"x": number(X), "y": number(2**256 - 1)},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            check_public_keys([good | bad])


@pytest.mark.skipif(not (DATA / "wycheproof").is_dir(), reason="no vectors on this machine")
def test_rsa2_by_wycheproof() -> None:
    path = DATA / "wycheproof" / "rsa_signature_2048_sha256_test.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    seen = 0
    for group in told["testGroups"]:
        key: Any = load_der_public_key(bytes.fromhex(group.get("publicKeyDer") or group["keyDer"]))
        for case in group["tests"]:
            holds = is_rsa2(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            if case["result"] != "acceptable":
                assert holds == (case["result"] == "valid"), case
            seen += 1
    assert seen == told["numberOfTests"] > 200


async def test_all_processes_sign_with_the_same_keys(pool: Any) -> None:
    one, other = (GatewayKeys(pool, seal_of_environment()) for _ in range(2))
    assert await one.told() == await other.told()
    assert next(key["sign_type"] for key in await one.told()) == "RSA2"
    stored = await pool.fetch("select material, seal from secret_key where purpose like 'gateway%'")
    assert all(row["seal"] is not None for row in stored)
