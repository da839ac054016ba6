"""A request of the gateway: its parameters, as a form or as one flat JSON object of texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

from enscene.api.http import Request
from enscene.api.strict_json import read_object
from enscene.kernel.errors import Invalid

NEEDED = (
    "app_id", "method", "timestamp", "msg_id", "charset", "sign_type", "sign", "biz_content",
)  # fmt: skip
OPTIONAL = ("notify_url", "format", "version", "acting_party", "acting_role")
BEIJING = timezone(timedelta(hours=8))
TIME = "%Y-%m-%d %H:%M:%S"
_FORM = b"application/x-www-form-urlencoded"
_METHOD = re.compile(r"([A-Za-z0-9._-]{1,64})\.([a-z][a-z0-9_]{0,63})")
_MESSAGE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_TURNED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Called:
    """What is called for: `made_at` is the timestamp in seconds."""

    scene: str
    action: str
    made_at: float


async def read_parameters(request: Request) -> dict[str, str]:
    """The parameters, each once. Raises: Invalid("gateway.…") with `param`."""
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    body = await request.body()
    if kind == _FORM:
        given = _of_form(body)
    elif kind == b"application/json":
        given = _of_json(body)
    else:
        raise Invalid(
            "send a form, or JSON", code="http.media_type", param="Content-Type",
            hint="application/x-www-form-urlencoded or application/json",
        )  # fmt: skip
    for name, value in given.items():
        if name not in NEEDED and name not in OPTIONAL:
            raise Invalid(
                "there is no such parameter", code="gateway.unknown_parameter", param=name[:60]
            )
        if _TURNED.search(value):
            raise _misformed(name)
    return given


def check_parameters(given: dict[str, str]) -> Called:
    """What they call for. Raises: Invalid("gateway.missing_parameter", "gateway.bad_parameter")."""
    for name in NEEDED:
        if not given.get(name):
            raise Invalid("a parameter is missing", code="gateway.missing_parameter", param=name)
    if given["charset"].lower() != "utf-8":
        raise _misformed("charset")
    if given.get("format", "JSON").upper() != "JSON":
        raise _misformed("format")
    if given.get("version", "1.0") != "1.0":
        raise _misformed("version")
    if not _MESSAGE.fullmatch(given["msg_id"]):
        raise _misformed("msg_id")
    for name in ("acting_party", "acting_role"):
        if not given.get(name, "").isascii():
            raise _misformed(name)
    method = _METHOD.fullmatch(given["method"])
    if method is None:
        raise _misformed("method")
    return Called(method[1], method[2], _seconds(given["timestamp"]))


def _seconds(text: str) -> float:
    try:
        if _TIME.fullmatch(text):
            return datetime.strptime(text, TIME).replace(tzinfo=BEIJING).timestamp()
    except (ValueError, OverflowError):
        pass
    raise _misformed("timestamp")


def _of_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict",
            max_num_fields=len(NEEDED) + len(OPTIONAL),
        )  # fmt: skip
    except ValueError:
        raise Invalid("the form cannot be read", code="gateway.bad_form") from None
    if len(dict(pairs)) != len(pairs):
        raise Invalid("a parameter stands twice", code="gateway.bad_form")
    return dict(pairs)


def _of_json(body: bytes) -> dict[str, str]:
    given = read_object(body)
    for name, value in given.items():
        if type(value) is not str:
            raise _misformed(name[:60])
    return given


def _misformed(name: str) -> Invalid:
    return Invalid("the parameter has another form", code="gateway.bad_parameter", param=name)
