"""Forms with a file (RFC 7578)."""

from __future__ import annotations

import base64
from email.parser import BytesParser
from email.policy import HTTP
from itertools import islice

from enscene.kernel.errors import Invalid

PARTS_MOST = 50


def read_upload(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """The fields of a form, in their order. What has a file name is given in base64; a file that
    was not chosen is "". Raises: ValueError.
    """
    head = b"content-type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise ValueError("not a form")
    fields = []
    for part in islice(message.iter_parts(), PARTS_MOST):
        name = part.get_param("name", header="content-disposition")
        raw = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(raw, bytes):
            raise ValueError("a part of the form has no name")
        is_file = part.get_filename() is not None or part.get_content_type() != "text/plain"
        fields.append((name, base64.b64encode(raw).decode() if is_file else raw.decode()))
    return fields


def file_of(text: str) -> bytes:
    """A file of a form. Raises: Invalid."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Invalid("the form cannot be read", code="console.form") from None
