"""Logos: a small PNG or SVG of which nothing is kept but the picture."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from xml.etree import ElementTree

from enscene.kernel.errors import Invalid
from enscene.tenants.brands import store
from enscene.tenants.store import Pool, admitted

LOGO_MOST = 64 * 1024
"""Bytes."""
SIDE_MOST = 1_024
"""Pixels of a side of a PNG."""
NODES_MOST = 500
_PNG = b"\x89PNG\r\n\x1a\n"
_KEPT_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    {
        "svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "title",
        "desc", "defs", "linearGradient", "radialGradient", "stop", "clipPath",
    }
)  # fmt: skip
_ATTRIBUTES = frozenset(
    {
        "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "width", "height",
        "points", "viewBox", "preserveAspectRatio", "transform", "fill", "fill-rule",
        "fill-opacity", "clip-path", "clip-rule", "stroke", "stroke-width", "stroke-linecap",
        "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-opacity", "opacity",
        "offset", "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "fx", "fy",
        "id",
    }
)  # fmt: skip
# Neither colons nor slashes: nothing in it leads elsewhere.
_VALUE = re.compile(r"[A-Za-z0-9 ,.#%+\-_()\t\r\n]*")


@dataclass(frozen=True, slots=True)
class Logo:
    """`kind` is its media type; `digest` the beginning of its SHA-256."""

    kind: str
    content: bytes
    digest: str


def clean_logo(content: bytes) -> Logo:
    """The picture alone: a PNG without its other chunks, an SVG of shapes only.
    Raises: Invalid("brand.logo", "brand.logo_size").
    """
    if len(content) > LOGO_MOST:
        raise Invalid(
            f"a logo has at most {LOGO_MOST} bytes", code="brand.logo_size", param="logo",
            facts={"most": LOGO_MOST // 1024},
        )  # fmt: skip
    if content.startswith(_PNG):
        kind, clean = "image/png", _clean_png(content)
    else:
        kind, clean = "image/svg+xml", _clean_svg(content)
    return Logo(kind, clean, hashlib.sha256(clean).hexdigest()[:16])


async def read_logo(pool: Pool, tenant: int) -> Logo | None:
    """The tenant's own logo."""
    async with admitted(pool, tenant, readonly=True) as connection:
        row = await store.read_logo(connection, tenant)
    return None if row is None else Logo(*row)


def _clean_png(content: bytes) -> bytes:
    place, kept = len(_PNG), [_PNG]
    seen: list[bytes] = []
    while place < len(content) and seen[-1:] != [b"IEND"]:
        if len(content) < place + 12:
            raise _not_a_picture()
        size, name = struct.unpack(">I4s", content[place : place + 8])
        end = place + 12 + size
        body = content[place + 4 : end - 4]
        if end > len(content) or zlib.crc32(body).to_bytes(4, "big") != content[end - 4 : end]:
            raise _not_a_picture()
        if name in _KEPT_CHUNKS:
            kept.append(content[place:end])
            seen.append(name)
        place = end
    if seen[:1] != [b"IHDR"] or seen[-1:] != [b"IEND"] or b"IDAT" not in seen:
        raise _not_a_picture()
    width, height = struct.unpack(">II", kept[1][8:16])
    if not (0 < width <= SIDE_MOST and 0 < height <= SIDE_MOST):
        raise Invalid(
            f"a side has at most {SIDE_MOST} pixels", code="brand.logo_side", param="logo",
            facts={"most": SIDE_MOST},
        )  # fmt: skip
    return b"".join(kept)


def _clean_svg(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_a_picture() from None
    # Entities are declared by what begins so; without them XML cannot grow.
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise _not_a_picture()
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        raise _not_a_picture() from None
    if root.tag != f"{{{_SVG}}}svg":
        raise _not_a_picture()
    if sum(1 for _ in root.iter()) > NODES_MOST:
        raise Invalid(
            f"an SVG has at most {NODES_MOST} elements", code="brand.logo_nodes", param="logo",
            facts={"most": NODES_MOST},
        )  # fmt: skip
    made = ElementTree.Element("svg", {"xmlns": _SVG})
    _copy(root, made)
    if "viewBox" not in made.attrib and not {"width", "height"} <= set(made.attrib):
        raise _not_a_picture()
    clean: bytes = ElementTree.tostring(made, encoding="utf-8")
    return clean


def _copy(source: ElementTree.Element, made: ElementTree.Element) -> None:
    for name, value in source.attrib.items():
        if name in _ATTRIBUTES and _VALUE.fullmatch(value):
            made.set(name, value)
    if made.tag in ("title", "desc"):
        made.text = source.text
        return
    for child in source:
        tag = child.tag if isinstance(child.tag, str) else ""
        name = tag.removeprefix(f"{{{_SVG}}}")
        if name in _ELEMENTS and name != "svg" and tag != name:
            _copy(child, ElementTree.SubElement(made, name))


def _not_a_picture() -> Invalid:
    return Invalid(
        "a logo is a PNG or an SVG", code="brand.logo", param="logo",
        hint="save it as PNG, or as plain SVG without scripts and links",
    )  # fmt: skip
