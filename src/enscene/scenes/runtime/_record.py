"""Records: the typed input of an action and the typed fields of a thing, as msgspec structs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from enscene.kernel.clock import format_time, parse_duration, parse_time
from enscene.kernel.errors import Invalid
from enscene.kernel.money import Portion, format_money, minor_digits, parse_money
from enscene.scenes.language.model import Field, Type

TEXT_MOST = 2_000
LIST_MOST = 200
INT_MOST = 10**12
REF = r"^[A-Za-z0-9._:-]{1,64}$"
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_DURATION = r"^(0|[1-9][0-9]{0,9})(s|m|h|d|w)$"
_PORTION = r"^[0-9]{1,9}(\.[0-9]{1,6})?%$|^[0-9]{1,9}/[1-9][0-9]{0,8}$"


def money_pattern(currency: str) -> str:
    """What a money text looks like in a currency."""
    digits = minor_digits(currency)
    fraction = rf"(\.[0-9]{{1,{digits}}})?" if digits else ""
    return rf"^-?(0|[1-9][0-9]{{0,14}}){fraction}$"


def wire_type(field: Field, currency: str) -> Any:
    """The JSON form of a field as a type that msgspec checks."""
    kind = field.type.name
    least, most = field.least, field.most
    if kind == "text":
        longest = TEXT_MOST if most is None else most
        return Annotated[str, Meta(min_length=least, max_length=longest)]
    if kind == "int":
        low = -INT_MOST if least is None else least
        high = INT_MOST if most is None else most
        return Annotated[int, Meta(ge=low, le=high)]
    if kind == "list":
        assert field.type.item is not None
        item: Any = wire_type(Field(field.name, field.type.item), currency)
        longest = LIST_MOST if most is None else most
        return Annotated[list[item], Meta(min_length=least, max_length=longest)]
    return _wire_of(field.type, currency)


def _wire_of(of: Type, currency: str) -> Any:
    patterns = {
        "money": money_pattern(currency),
        "party": REF,
        "ref": REF,
        "duration": _DURATION,
        "portion": _PORTION,
        "time_of_day": TIME_OF_DAY,
    }
    if of.name in patterns:
        return Annotated[str, Meta(pattern=patterns[of.name])]
    if of.name == "choice":
        return Literal[of.choices]
    if of.name == "record":
        inner = [(name, _wire_of(kind, currency)) for name, kind in of.fields]
        return msgspec.defstruct("Record", inner, forbid_unknown_fields=True)
    plain: dict[str, Any] = {
        "bool": bool,
        "date": date,
        "time": Annotated[datetime, Meta(tz=True)],
    }
    return plain[of.name]


class RecordType:
    """Struct type of some fields. `decode` checks JSON and gives a struct with values as
    expressions want them: minor units, Portion, timedelta, tuples for lists."""

    def __init__(
        self, name: str, fields: Mapping[str, Field], currency: str, *, loose: Iterable[str] = ()
    ) -> None:
        """`loose` fields may be left out although the pack wants them: they are filled in."""
        loose = set(loose)
        self.fields = fields
        self.currency = currency
        members: list[Any] = []
        for field in fields.values():
            kind = wire_type(field, currency)
            if field.optional or field.name in loose:
                members.append((field.name, kind | None, None))
            else:
                members.append((field.name, kind))
        self.struct: Any = msgspec.defstruct(
            name, members, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
        )
        self._decoder = msgspec.json.Decoder(self.struct)
        self._converts = [
            (field.name, convert)
            for field in fields.values()
            if (convert := _converter(field.type, currency)) is not None
        ]
        self._bounds = [
            field
            for field in fields.values()
            if field.type.name == "money" and (field.least is not None or field.most is not None)
        ]

    def decode(self, body: bytes | str | Mapping[str, Any]) -> Any:
        """Check and convert. Raises: Invalid with `param`."""
        try:
            if isinstance(body, bytes | str):
                record = self._decoder.decode(body)
            else:
                record = msgspec.convert(body, self.struct)
        except msgspec.ValidationError as error:
            raise _as_invalid(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Invalid(f"the body is not JSON: {error}", code="invalid.json") from None
        if _has_nul(body):
            raise Invalid("a text may not hold the character NUL", code="invalid.text")
        for name, convert in self._converts:
            value = getattr(record, name)
            if value is not None:
                setattr(record, name, convert(value, name))
        for field in self._bounds:
            self._check_bounds(field, getattr(record, field.name))
        return record

    def _check_bounds(self, field: Field, amount: int | None) -> None:
        if amount is None:
            return
        if field.least is not None and amount < field.least:
            least = format_money(field.least, self.currency)
            raise Invalid(f"it is at least {least}", code="invalid.too_small", param=field.name)
        if field.most is not None and amount > field.most:
            most = format_money(field.most, self.currency)
            raise Invalid(f"it is at most {most}", code="invalid.too_large", param=field.name)


def _converter(of: Type, currency: str) -> Callable[[Any, str], Any] | None:
    if of.name == "money":
        return lambda text, name: parse_money(text, currency, param=name)
    if of.name == "portion":
        return lambda text, name: Portion.parse(text, param=name)
    if of.name == "duration":
        return lambda text, name: parse_duration(text, param=name)
    if of.name == "list":
        assert of.item is not None
        inner = _converter(of.item, currency)
        if inner is None:
            return lambda items, name: tuple(items)
        return lambda items, name: tuple(inner(item, name) for item in items)
    return None


def _has_nul(body: bytes | str | Mapping[str, Any]) -> bool:
    """PostgreSQL cannot hold NUL in a text."""
    if isinstance(body, bytes):
        return b"\\u0000" in body
    if isinstance(body, str):
        return "\\u0000" in body
    return any(
        isinstance(value, str) and "\x00" in value
        for item in body.values()
        for value in (item if isinstance(item, list | tuple) else (item,))
    )


_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")


def _as_invalid(error: msgspec.ValidationError) -> Invalid:
    text = str(error)
    at = _AT.search(text)
    param = at[1] if at else ""
    text = _AT.sub("", text)
    if match := _UNKNOWN.search(text):
        name = match[1]
        return Invalid(
            f"there is no field {name} here", code="invalid.unknown_field", param=_join(param, name)
        )
    if match := _MISSING.search(text):
        name = match[1]
        return Invalid(
            f"the field {name} is missing", code="invalid.missing_field", param=_join(param, name)
        )
    if "matching regex" in text:
        return Invalid("the text has not the form it must have", code="invalid.form", param=param)
    return Invalid(text[:1].lower() + text[1:], code="invalid.type", param=param or None)


def _join(param: str, name: str) -> str:
    return f"{param}.{name}" if param else name


class ThingType:
    """Struct type of a thing as it is stored and as expressions see it, with its `state`.

    Stored money is minor units, a portion its numerator and denominator.
    """

    def __init__(self, name: str, fields: Mapping[str, Field], currency: str) -> None:
        self.name = name
        self.fields = fields
        self.currency = currency
        members: list[Any] = [
            (field.name, _stored_type(field.type) | None, None) for field in fields.values()
        ]
        self.struct: Any = msgspec.defstruct(
            name, [*members, ("state", str, "")], kw_only=True, omit_defaults=True
        )
        self._decoder = msgspec.json.Decoder(self.struct)
        self._encoder = msgspec.json.Encoder()

    def read(self, text: str, state: str) -> Any:
        """The record of a stored thing."""
        record: Any = self._decoder.decode(text)
        record.state = state
        return record

    def write(self, record: Any) -> str:
        """The record as it is stored; its state is a column of its own."""
        state, record.state = record.state, ""
        text = self._encoder.encode(record).decode()
        record.state = state
        return text

    def show(self, record: Any, *, for_log: bool = False) -> dict[str, Any]:
        """The record as the API gives it; for the log without what is most secret (C3)."""
        shown = {}
        for field in self.fields.values():
            value = getattr(record, field.name)
            if value is not None and not (for_log and field.hidden):
                shown[field.name] = show_value(value, field.type, self.currency)
        return shown


def recall(
    shown: Mapping[str, Any], fields: Mapping[str, Field], currency: str, *, state: str = ""
) -> SimpleNamespace:
    """Values that were shown, as expressions want them; what was left out is None."""
    values: dict[str, Any] = {"state": state}
    for field in fields.values():
        raw = shown.get(field.name)
        values[field.name] = None if raw is None else recall_value(raw, field.type, currency)
    return SimpleNamespace(**values)


def recall_value(raw: Any, of: Type, currency: str) -> Any:
    """The value of one that `show_value` has shown."""
    if of.name == "date":
        return date.fromisoformat(raw)
    if of.name == "time":
        return parse_time(raw)
    convert = _converter(of, currency)
    return raw if convert is None else convert(raw, "")


def _stored_type(of: Type) -> Any:
    if of.name == "list":
        assert of.item is not None
        item: Any = _stored_type(of.item)
        return tuple[item, ...]
    stored: dict[str, Any] = {
        "int": int,
        "money": int,
        "bool": bool,
        "date": date,
        "time": datetime,
        "duration": timedelta,
        "portion": Portion,
    }
    return stored.get(of.name, str)


def show_value(value: Any, of: Type, currency: str) -> Any:
    """A value as the API gives it: money as text, times in RFC 3339."""
    if value is None:
        return None
    if of.name == "money":
        return format_money(value, currency)
    if of.name == "list" and of.item is not None:
        return [show_value(item, of.item, currency) for item in value]
    return show_plain(value)


def show_plain(value: Any) -> Any:
    """A value that is not money, by its own type."""
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())}s"
    if isinstance(value, Portion):
        return str(value)
    return value
