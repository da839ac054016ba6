"""Strict JSON: what is taken is what json would give; what is doubtful is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.api.strict_json import DEPTH_MOST, INTEGER_MOST, read_json, read_object
from enscene.kernel.errors import Invalid

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_MOST, INTEGER_MOST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_good_json_is_read_as_it_is(value, ascii_only):
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    try:
        value = read_json(body)
    except Invalid:
        return
    assert json.loads(body.decode()) == value


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b"", "json.malformed", None),
        (b"{", "json.malformed", None),
        (b"{} {}", "json.malformed", None),
        (b"{'a': 1}", "json.malformed", None),
        (b'{"a": 01}', "json.malformed", None),
        (b'{"a": 1,}', "json.malformed", None),
        (b'{"a": "\n"}', "json.malformed", None),
        (b"\xef\xbb\xbf{}", "json.malformed", None),
        (b"\xff", "json.bad_utf8", None),
        (b'{"a": "\xc0\xaf"}', "json.bad_utf8", None),
        (b'{"a": "\xed\xa0\x80"}', "json.bad_utf8", None),
        (b'{"a": NaN}', "json.bad_number", None),
        (b'{"a": Infinity}', "json.bad_number", None),
        (b'{"a": -Infinity}', "json.bad_number", None),
        (b'{"a": 1e400}', "json.bad_number", None),
        (b'{"a": -1e400}', "json.bad_number", None),
        (b'{"a": 9007199254740992}', "json.bad_number", None),
        (b'{"a": ' + b"9" * 5000 + b"}", "json.bad_number", None),
        (b'{"a": 1, "a": 1}', "json.duplicate_key", "a"),
        (b'{"x": {"b": 1, "c": 2, "b": 3}}', "json.duplicate_key", "b"),
        (b'{"a": 1, "\\u0061": 2}', "json.duplicate_key", "a"),
        (b'{"a": "\\u0000"}', "json.bad_text", "a"),
        (b'{"a": {"b": ["\\ud800"]}}', "json.bad_text", "a.b[0]"),
        (b'{"\\u0000": 1}', "json.bad_text", None),
        (b"[" * 100_000 + b"]" * 100_000, "json.too_deep", None),
        (b'{"a":' * 50_000, "json.too_deep", None),
        (b"[" * (DEPTH_MOST + 1) + b"]" * (DEPTH_MOST + 1), "json.too_deep", None),
    ],
)
def test_what_is_refused(body, code, param):
    with pytest.raises(Invalid) as error:
        read_json(body)
    assert (error.value.code, error.value.param) == (code, param)


def test_as_deep_as_may_be_and_brackets_in_texts_do_not_count():
    deep = b"[" * DEPTH_MOST + b"]" * DEPTH_MOST
    assert isinstance(read_json(deep), list)
    text = '[[{"\\"' * 1000
    assert read_json(json.dumps({"a": text}).encode()) == {"a": text}


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"1", b"null", b"true"])
def test_a_body_is_an_object(body):
    with pytest.raises(Invalid) as error:
        read_object(body)
    assert error.value.code == "json.not_an_object"


def test_a_surrogate_pair_is_one_character():
    assert read_json(b'"\\ud83d\\ude00"') == "\U0001f600"
