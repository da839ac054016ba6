"""What DuckDB and Spark call by other names, under one name: the few things that ibis has no
portable expression for. Shares are divided here too, as ibis would divide them as floats."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt

MILLION = 1_000_000

DUCKDB = (
    "create or replace temp macro text_at(j, p) as json_extract_string(j, p)",
    (
        "create or replace temp macro people_of(j) as "
        "map_values(try_cast(json_extract(j, '$.parties') as map(varchar, varchar)))"
    ),
    (
        "create or replace temp macro stars_of(j) as "
        """list_transform(from_json(json_extract(j, '$.ratings'), '[{"stars":"BIGINT"}]'), x -> x.stars)"""
    ),
    "create or replace temp macro whole(a, b) as a // b",
)
SPARK = (
    (
        "create or replace temporary function text_at(j string, p string) returns string "
        "return get_json_object(j, p)"
    ),
    (
        "create or replace temporary function people_of(j string) returns array<string> "
        "return map_values(from_json(get_json_object(j, '$.parties'), 'map<string,string>'))"
    ),
    (
        "create or replace temporary function stars_of(j string) returns array<bigint> return "
        "transform(from_json(get_json_object(j, '$.ratings'), 'array<struct<stars:bigint>>'), x -> x.stars)"
    ),
    "create or replace temporary function whole(a bigint, b bigint) returns bigint return a div b",
)


def _text_at(facts, path):  # type: ignore[no-untyped-def]
    """The engine has it."""


def _list_of(facts):  # type: ignore[no-untyped-def]
    """The engine has it."""


def _divided(a, b):  # type: ignore[no-untyped-def]
    """The engine has it."""


def _builtin(stub: Any, name: str, takes: tuple[Any, ...], gives: Any) -> Any:
    return ibis.udf.scalar.builtin(stub, name=name, signature=(takes, gives))


text_at = _builtin(_text_at, "text_at", (dt.string, dt.string), dt.string)
"""The text at a path (`$.offer.id`); null where there is none."""
people_of = _builtin(_list_of, "people_of", (dt.string,), dt.Array(dt.string))
"""References of all who took part."""
stars_of = _builtin(_list_of, "stars_of", (dt.string,), dt.Array(dt.int64))
"""The stars that were given."""
_whole = _builtin(_divided, "whole", (dt.int64, dt.int64), dt.int64)


def divide(part: Any, whole: Any) -> Any:
    """A quotient of integers as an integer, half to even. `whole` is above zero."""
    part, whole = part.cast("int64"), whole.cast("int64")
    size = part.abs()
    low = _whole(size, whole)
    twice = (size - low * whole) * 2
    up = (twice > whole) | ((twice == whole) & (low % 2 == 1))
    return (low + up.cast("int64")) * ibis.cases((part < 0, -1), else_=1)


def share(part: Any, whole: Any) -> Any:
    """A share in millionths."""
    return divide(part.cast("int64") * MILLION, whole)
