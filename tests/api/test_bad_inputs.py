"""Bad inputs, made by the hundred: every one is a 4xx problem, and nothing is posted."""

from __future__ import annotations

import itertools
import json

GOOD = {"ticket": "T1", "diner": "ann", "price": "12.00", "dishes": []}
PAY = "/v1/canteen/actions/pay_by_code"

AMOUNTS = [
    "-5", "-5.00", "-0", "0", "0.00", "0.001", "1e-7", "1e2", "1E2", "NaN", "Infinity", "inf", "",
    " ", " 1.00", "1.00 ", "1,00", "1.", ".5", "01.00", "+1.00", "0x10", "1_000", "１２", "٣", "1.0.0",
    "9" * 16, "9" * 40, "9" * 5000, "12.00\n", "12.00\u2028", "null", "true", "¥12.00", "12.00 CNY",
    12, 12.0, -5, 0, 1e300, 10**15, True, False, None, [], {}, ["12.00"], {"amount": "12.00"},
]  # fmt: skip
TEXTS = [1, 1.5, True, None, [], {}, ["T1"], "", "x" * 129, "x" * 2001, "x" * 100_000]
REFS = [1, True, [], {}, "", " ", "a b", "ann\n", "x" * 65, "安", "../ann", "ann;drop table party"]
LISTS = ["", "D1", {}, {"0": "D1"}, 1, True, [1], [None], [[]], ["a b"], ["x"] * 201, [{"a": 1}]]
EXTRA = ["tenant", "actor", "role", "Price", "price ", "__proto__", "", "state", "id", "价格"]

RAW = [
    b"", b" ", b"null", b"[]", b'"x"', b"1", b"true", b"{", b"}", b"{}}", b"{]", b'{"ticket"}',
    b'{"ticket":}', b"{'ticket':'T1'}", b'{"ticket":"T1",}', b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00",
    b'{"price":NaN}', b'{"price":-Infinity}', b'{"price":1e400}', b'{"price":-1e400}',
    b'{"price":1e-400}', b'{"price":9e999999999999}', b'{"price":' + b"1" * 10_000 + b"}",
    b'{"ticket":"T1","ticket":"T2","diner":"ann","price":"1.00"}',
    b'{"ticket":"T1","diner":"ann","price":"1.00","price":"1.00"}',
    b'{"ticket":"T1","diner":"ann","price":"1.00","pr\\u0069ce":"2.00"}',
    b'{"ticket":"\xff","diner":"ann","price":"1.00"}',
    b'{"ticket":"\xc0\xaf","diner":"ann","price":"1.00"}',
    b'{"ticket":"\xed\xa0\x80","diner":"ann","price":"1.00"}',
    b'{"ticket":"\\u0000","diner":"ann","price":"1.00"}',
    b'{"ticket":"T\\u0000","diner":"ann","price":"1.00"}',
    b'{"ticket":"\\ud800","diner":"ann","price":"1.00"}',
    b'{"ticket":"\\udc00\\ud800","diner":"ann","price":"1.00"}',
    b'{"ticket":"T\n","diner":"ann","price":"1.00"}',
    b'{"ticket":"T1","diner":"ann","price":"1.00"} {}',
    b'{"ticket":"T1","diner":"ann","price":"1.00"}\x00',
    b"[" * 100_000, b'{"a":' * 100_000, b'{"dishes":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"a":1}' * 2, b"\x00", b"\x80", b"ticket=T1&price=1", b"<xml/>", b"---\na: &a [*a]\n",
]  # fmt: skip


def bad_bodies():
    """Bodies, each wrong in one way."""
    for value in AMOUNTS:
        yield json.dumps(GOOD | {"price": value}).encode()
    for value in TEXTS:
        yield json.dumps(GOOD | {"ticket": value}).encode()
    for value in REFS:
        yield json.dumps(GOOD | {"diner": value}).encode()
    for value in LISTS:
        yield json.dumps(GOOD | {"dishes": value}).encode()
    for name in EXTRA:
        yield json.dumps(GOOD | {name: "x"}).encode()
    for name in ("ticket", "price"):
        yield json.dumps({k: v for k, v in GOOD.items() if k != name}).encode()
    for first, second in itertools.combinations(("ticket", "diner", "price", "dishes"), 2):
        for value in (None, 7, {}):
            yield json.dumps(GOOD | {first: value, second: value}).encode()
    good = json.dumps(GOOD).encode()
    for cut in range(len(good)):
        yield good[:cut]
    for at in range(1, len(good), 2):
        yield good[:at] + b"\xfe" + good[at + 1 :]
    yield from RAW


async def test_hundreds_of_bad_bodies_are_4xx_and_post_nothing(world):
    await world.top_up("ann", "50.00")
    bodies = list(bad_bodies())
    assert len(bodies) >= 250
    for number, body in enumerate(bodies):
        answer = await world.till.post(PAY, content=body)
        told = (number, body[:80], answer.status_code, answer.text[:300])
        assert answer.status_code in (400, 404), told
        assert answer.headers["content-type"] == "application/problem+json", told
        problem = answer.json()
        assert problem["status"] == answer.status_code, told
        assert problem["code"], told
        assert "Traceback" not in answer.text, told
    assert await world.balance("wallet", "ann") == "50.00"
    assert await world.balance("takings", "hall") == "0.00"
    assert (await world.bank.get("/v1/canteen/things/meal")).json()["data"] == []


async def test_the_fault_is_named(world):
    for change, param in (
        ({"price": 12}, "price"),
        ({"price": "12.001"}, "price"),
        ({"ticket": 1}, "ticket"),
        ({"diner": "nobody"}, "diner"),
        ({"colour": "x"}, "colour"),
    ):
        problem = (await world.till.post(PAY, GOOD | change)).json()
        assert problem["param"] == param, problem
    short = {name: value for name, value in GOOD.items() if name != "price"}
    assert (await world.till.post(PAY, short)).json()["param"] == "price"


PATHS = [
    "/", "/v1", "/v1/", "/v1/canteen", "/v1/canteen/", "/v1/canteen/actions", "/v1/canteen/actions/",
    "/v1/canteen/actions/pay_by_code/", "/v1/canteen/actions/nothing", "/v1/canteen/actions/__init__",
    "/v1/canteen/actions/settle_meal", "/v1/canteen/things", "/v1/canteen/things/nothing",
    "/v1/canteen/things/meal/", "/v1/canteen/things/meal/T1/x", "/v1/canteen/things/meal/%00",
    "/v1/canteen/things/meal/" + "x" * 5000, "/v1/canteen/things/meal/%ff%fe",
    "/v1/canteen/accounts", "/v1/canteen/accounts/wallet", "/v1/canteen/accounts/wallet/",
    "/v1/canteen/accounts/wallet/%00", "/v1/canteen/accounts/nothing/ann",
    "/v1/canteen/accounts/wallet/ann/", "/v1/canteen/accounts/wallet/ann/entries/1",
    "/v1/canteen/accounts/wallet/'; drop table account; --", "/v1/canteen/events/1",
    "/v1/nowhere/things/meal", "/v1/%00/things/meal", "/v1//scenes",
    "/v2/canteen/events", "/oauth", "/oauth/tokens", "/health", "/.well-known/x", "/docs/a/b",
]  # fmt: skip


async def test_bad_paths_are_problems(world):
    for path in PATHS:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            answer = await world.bank.send(method, path, {})
            told = (method, path, answer.status_code, answer.text[:200])
            assert answer.status_code in (400, 403, 404, 405), told
            assert answer.headers["content-type"] == "application/problem+json", told


QUERIES = [
    "limit=0", "limit=201", "limit=-1", "limit=1.5", "limit=x", "limit=", "limit=１", "limit=9999",
    "limit=1&limit=2", "state=gone", "state=", "state=%00", "cursor=", "cursor=x", "cursor=%ff",
    "nothing=1", "limit", "&", "=", "%zz=1", "state=paid&colour=red", "cursor=" + "x" * 5000,
]  # fmt: skip


async def test_bad_queries_are_problems(world):
    for query in QUERIES:
        answer = await world.bank.get(f"/v1/canteen/things/meal?{query}")
        assert answer.status_code == 400, (query, answer.text)
        assert answer.json()["code"], query
