"""Published vectors: the examples of RFC 9421 and RFC 9530, and those of Project Wycheproof."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import http_sf
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import event, given, settings
from hypothesis import strategies as st

from enscene.api.http import Request
from enscene.api.signatures.algorithms import algorithm_of, is_signed
from enscene.api.signatures.base import NoComponent, base_of, request_base
from enscene.api.signatures.digest import digest_of, is_digest
from enscene.api.signatures.fields import (
    BadField,
    _read_quickly,
    read_claimed,
    read_dictionary,
)

DATA = Path(__file__).parents[4] / "shared" / "data"
RSA_PSS = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2+QEtvpuRaV8Yq40gjUR8y2Rjxa6d"
    "pG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO"
    "7OyrFAHqgDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5WUtzdpiy6LbTgSxP7ociU"
    "4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDO"
    "kFV6+U9nV5oyc6XI2wIDAQAB"
)
P256 = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+"
    "hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ=="
)
ED25519 = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
SHA_512 = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJw"
    "ew==:"
)
# Section, key, input, signature.
REQUESTS = [
    (
        "B.2.1", RSA_PSS,
        '();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
        ("d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8U"
        "dx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJz"
        "sPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s"
        "++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q=="),
    ),
    (
        "B.2.3", RSA_PSS,
        ('("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" '
        '"content-length");created=1618884473;keyid="test-key-rsa-pss"'),
        ("bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5"
        "p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aY"
        "A2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+Q"
        "IF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA=="),
    ),
    (
        "B.2.6", ED25519,
        ('("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'),
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
    ),
]  # fmt: skip


def key_of(text: str) -> Any:
    return load_der_public_key(base64.b64decode(text))


def request_of(method: str, path: str, query: str, headers: dict[str, str]) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {"method": method, "path": path, "raw_path": path.encode(), "headers": lines,
         "query_string": query.encode()},
        receive,
    )  # fmt: skip


EXAMPLE = request_of(
    "POST", "/foo", "param=Value&Pet=dog",
    {
        "host": "example.com", "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json", "content-digest": SHA_512, "content-length": "18",
    },
)  # fmt: skip


@pytest.mark.parametrize(("section", "key", "given", "signature"), REQUESTS)
def test_the_requests_of_appendix_b(section: str, key: str, given: str, signature: str) -> None:
    tag = ';tag="example"'
    header = f"sig={given}{tag}".encode()
    (claimed,) = read_claimed(header, f"sig=:{signature}:".encode(), "example")
    assert claimed.input == (given + tag).encode()
    base = request_base(claimed.components, given.encode(), "https://example.com", EXAMPLE)
    assert is_signed(key_of(key), base, claimed.signature)
    for bent in (base + b" ", base.replace(b"1618884473", b"1618884474"), b""):
        assert not is_signed(key_of(key), bent, claimed.signature)


def test_the_answer_of_appendix_b() -> None:
    given = (
        b'("@status" "content-type" "content-digest" "content-length")'
        b';created=1618884473;keyid="test-key-ecc-p256"'
    )
    lines = [
        b'"@status": 200', b'"content-type": application/json',
        (b'"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWd'
        b"XymyU0rjJuahq4l5aGgfLQ==:"),
        b'"content-length": 23',
    ]  # fmt: skip
    signature = base64.b64decode(
        "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
    )
    assert is_signed(key_of(P256), base_of(lines, given), signature)
    assert not is_signed(key_of(P256), base_of(lines[::-1], given), signature)


def test_the_messages_behind_a_proxy() -> None:
    """B.4: what is covered may not change, what is not covered may."""
    given = '("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"'
    signature = base64.b64decode(
        "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA=="
    )
    names = ("@method", "@path", "@authority", "accept")

    def holds(method: str, accept: str, host: str, query: str) -> bool:
        request = request_of(method, "/demo", query, {"accept": accept})
        return is_signed(
            key_of(ED25519), request_base(names, given.encode(), host, request), signature
        )

    good = ("GET", "application/json, */*", "https://example.org", "name1=Value1&Name2=value2")
    assert holds(*good)
    assert holds(*good[:3], "name1=Value1&Name2=value2&param=added")
    assert not holds("POST", *good[1:])
    assert not holds(*good[:2], "https://example.com", good[3])
    assert not holds("GET", "*/*, application/json", *good[2:])


@pytest.mark.parametrize(
    "given",
    [
        (
            '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473'  # B.2.2
            ';keyid="test-key-rsa-pss";tag="header-example"'
        ),
        '("date";bs);tag="header-example"',
        '("date";sf);tag="header-example"',
        '("date" "date");tag="header-example"',
    ],
)
def test_components_with_parameters_are_not_served(given: str) -> None:
    with pytest.raises(BadField):
        read_claimed(f"sig={given}".encode(), b"sig=:AAAA:", "header-example")


def test_a_header_that_is_not_there_has_no_value() -> None:
    for name in ("x-nothing", "@query-param", "@status"):
        with pytest.raises(NoComponent):
            request_base([name], b"()", "https://example.com", EXAMPLE)


def test_content_digests_of_rfc_9530() -> None:
    hello = b'{"hello": "world"}'
    assert digest_of(hello) == b"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
    assert digest_of(hello + b"\n") == b"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    assert digest_of(b"") == b"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
    assert is_digest(SHA_512.encode(), hello)
    assert is_digest(SHA_512.encode() + b", md5=:AAAA:", hello)
    for bad in (
        SHA_512.encode() + b", " + digest_of(b""), b"md5=:AAAA:", b"", b"sha-256", b"sha-256=text",
        b"sha-256=:AAAA:", digest_of(hello) + b", " + digest_of(hello),
    ):  # fmt: skip
        assert not is_digest(bad, hello), bad
    assert not is_digest(SHA_512.encode(), b"")


def fields(folder: Path) -> list[dict[str, Any]]:
    """Vectors of the HTTP working group, with what is expected as the library has it."""
    return [
        each
        for path in sorted(folder.glob("*.json"))
        for each in http_sf.from_json(path.read_text("utf-8"))
    ]


FIELDS = DATA / "structured_fields"
HERE = pytest.mark.skipif(not FIELDS.is_dir(), reason="the vectors are not on this machine")


@HERE
def test_the_library_reads_structured_fields_as_their_vectors_say() -> None:
    seen = 0
    for each in fields(FIELDS):
        seen += 1
        value = ", ".join(each["raw"]).encode()
        try:
            told = http_sf.parse(value, tltype=each["header_type"])
        except (http_sf.StructuredFieldError, ValueError, OverflowError):
            assert each.get("must_fail") or each.get("can_fail"), each
            continue
        assert not each.get("must_fail"), each
        assert told == each["expected"], each
        canonical = each.get("canonical", each["raw"])
        if told not in ([], {}):  # an empty one is not sent at all
            assert http_sf.ser(told) == ", ".join(canonical), each
    assert seen == 1_591


@HERE
def test_the_library_writes_structured_fields_as_their_vectors_say() -> None:
    seen = 0
    for each in fields(FIELDS / "serialisation-tests"):
        seen += 1
        try:
            text = http_sf.ser(each["expected"])
        except ValueError:
            assert each.get("must_fail"), each
            continue
        assert not each.get("must_fail"), each
        assert [text] == each["canonical"], each
    assert seen == 544


@HERE
def test_dictionaries_are_read_so_but_for_a_member_that_stands_twice() -> None:
    taken = refused = twice = 0
    for each in fields(FIELDS):
        if each["header_type"] != "dictionary":
            continue
        try:
            told = read_dictionary(", ".join(each["raw"]).encode())
        except BadField as error:
            if str(error) == "a member stands twice":
                twice += 1
            else:
                assert each.get("must_fail") or each["name"].startswith("large"), each
                refused += 1
            continue
        assert told == each["expected"], each
        taken += 1
    assert (taken > 100, refused > 100, twice > 1) == (True, True, True), (taken, refused, twice)


NAMES = st.sampled_from(["@method", "@target-uri", "dpop", "x-a.b_c", "authorization", "a b"])
TEXTS = st.text(alphabet="ab=, ~!09", max_size=8) | st.text(alphabet='ab;="\\, ~', max_size=4)
VALUES = TEXTS | st.integers(0, 10**15 - 1) | st.booleans()


@given(
    names=st.lists(NAMES, max_size=2, unique=True),
    parameters=st.dictionaries(st.sampled_from(["created", "nonce", "keyid"]), VALUES, max_size=1),
    signature=st.binary(min_size=1, max_size=5),
    spaces=st.sampled_from(["", "", "", " "]),
    label=st.sampled_from(["sig", "s_1", "sig1", "*"]),
)
@settings(max_examples=400)
def test_the_quick_way_reads_what_the_library_reads(
    names: list[str], parameters: dict[str, Any], signature: bytes, spaces: str, label: str
) -> None:
    item = ([(name, {}) for name in names], parameters | {"tag": "t"})
    inputs = http_sf.ser({label: item}).replace("(", f"({spaces}", 1).encode()
    signatures = http_sf.ser({label: (signature, {})}).encode()
    quick = _read_quickly(inputs, signatures)
    event("quickly" if quick else "by the library")
    if quick is None:
        return
    told = read_dictionary(inputs)[label]
    assert told == ([(name, {}) for name in quick.components], quick.parameters)
    assert quick.input == http_sf.ser({label: told})[len(label) + 1 :].encode()
    assert (quick.label, quick.signature) == (label, signature)


def test_what_is_ordinary_is_read_quickly() -> None:
    ordinary = b'sig=("@method" "dpop");created=1;keyid="k 1";alg="ed25519";tag="fapi-2-request"'
    quick = _read_quickly(ordinary, b"sig=:AAAA:")
    assert quick is not None
    assert quick.components == ("@method", "dpop")
    assert quick.number("created") == 1
    assert quick.text("keyid") == "k 1"


@pytest.mark.parametrize(
    ("inputs", "signatures"),
    [
        (b's=("a");tag="t";tag="t"', b"s=:AAAA:"),
        (b's=("a");x=1;tag="t"', b"s=:AAA:"),
        (b's=("a");tag="t"', b"r=:AAAA:"),
        (b's=("a");tag="t"', b"s=:AAAA:;x"),
        (b's=("a"  "b");tag="t"', b"s=:AAAA:"),
        (b's=("a");created=007;tag="t"', b"s=:AAAA:"),
        (b's=("a");tag="t" ', b"s=:AAAA:"),
        (b's=("a");tag="t"\n', b"s=:AAAA:"),
    ],
)
def test_what_is_not_ordinary_is_left_to_the_library(inputs: bytes, signatures: bytes) -> None:
    assert _read_quickly(inputs, signatures) is None


@pytest.mark.skipif(not (DATA / "wycheproof").is_dir(), reason="no vectors on this machine")
@pytest.mark.parametrize(
    ("file", "kind"),
    [("ed25519_test.json", "ed25519"), ("ecdsa_secp256r1_sha256_p1363_test.json", "ecdsa")],
)
def test_wycheproof(file: str, kind: str) -> None:
    """Every signature that must not hold does not, every one that must does."""
    told = json.loads((DATA / "wycheproof" / file).read_text("utf-8"))
    seen = 0
    for group in told["testGroups"]:
        der = group.get("publicKeyDer") or group["keyDer"]
        key = load_der_public_key(bytes.fromhex(der))
        assert algorithm_of(key) in ("ed25519", "ecdsa-p256-sha256")
        for case in group["tests"]:
            message, signature = bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])
            holds = is_signed(key, message, signature)
            if case["result"] == "valid":
                assert holds, case
            elif case["result"] == "invalid":
                assert not holds, case
            seen += 1
    assert seen == told["numberOfTests"] > 100
