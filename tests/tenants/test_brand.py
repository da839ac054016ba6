"""A brand can be read by everybody, and its logo is a picture and nothing else."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Invalid
from enscene.tenants import create_tenant
from enscene.tenants.brands import (
    LOGO_MOST,
    check_colour,
    clean_logo,
    contrast_of,
    read_brand,
    read_logo,
    set_brand,
)


def chunk(name: bytes, content: bytes) -> bytes:
    sum_ = zlib.crc32(name + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + name + content + sum_


def png(width: int = 2, height: int = 2, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress((b"\0" + b"\x0b\x5f\x52" * min(width, 64)) * min(height, 64))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


def test_a_png_loses_what_is_not_the_picture() -> None:
    told = chunk(b"tEXt", b"Author\0Zhang San")
    clean = clean_logo(png(2, 2, told) + b"<script>alert(1)</script>")
    assert clean.kind == "image/png"
    assert clean.content == png()


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<image href="https://evil.test/x.png"/>',
        '<use href="#x"/>',
        "<foreignObject><body/></foreignObject>",
        "<style>path{fill:url(https://evil.test)}</style>",
        '<path onload="alert(1)" d="M0 0"/>',
        '<path style="fill:url(//evil.test)" d="M0 0"/>',
        '<path fill="url(https://evil.test/x)" d="M0 0"/>',
        "<animate/><set/><iframe/>",
        '<html xmlns="http://www.w3.org/1999/xhtml"><script>1</script></html>',
    ],
)
def test_an_svg_keeps_shapes_alone(inside: str) -> None:
    text = clean_logo(SVG.format(inside + '<rect width="9" height="9"/>').encode()).content.decode()
    assert "<rect" in text
    for word in ("script", "href", "evil", "on", "style", "foreign", "image", "use", "animate"):
        assert word not in text.replace("http://www.w3.org/2000/svg", ""), word


@pytest.mark.parametrize(
    "content",
    [
        b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", png()[:-9], png().replace(b"IDAT", b"IDAX"),
        b"<html/>", b"<svg/>", b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("").encode(),
        SVG.format("<g>" * 600 + "</g>" * 600).encode(), b"\xff\xfe<svg/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b" " * (LOGO_MOST + 1), png(5000, 2),
        SVG.format("<g>").encode(), b"\0",
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as error:
        clean_logo(content)
    assert error.value.param == "logo"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_a_mistake(content: bytes) -> None:
    for head in (b"", b"\x89PNG\r\n\x1a\n", b"<svg xmlns='http://www.w3.org/2000/svg'>"):
        with pytest.raises(Invalid):
            clean_logo(head + content)


def test_a_colour_can_be_read_on_white_and_on_its_own_ground() -> None:
    assert contrast_of("#000000") > 17
    assert check_colour(" #0B5F52") == "#0b5f52"
    for colour in ("#ffd100", "#777777", "#ffffff"):
        with pytest.raises(Invalid) as error:
            check_colour(colour)
        assert error.value.code == "brand.contrast"
    for colour in ("red", "#fff", "#12345g", "#0b5f52;}", ""):
        with pytest.raises(Invalid) as error:
            check_colour(colour)
        assert error.value.code == "brand.colour"


async def test_a_tenant_looks_like_the_one_above_until_it_has_its_own(pool: Any) -> None:
    bank = await create_tenant(pool, "bank", "Bank")
    branch = await create_tenant(pool, "hz", "Branch", parent=bank)
    other = await create_tenant(pool, "other", "Other")
    logo = clean_logo(png())
    await set_brand(
        pool, bank.id, zh="江南银行", en="Jiangnan", accent="#7a1020", logo=logo, who="an"
    )
    seen = await read_brand(pool, branch.id)
    assert (seen.owner, seen.zh, seen.logo) == ("bank", "江南银行", logo.digest)
    assert await read_logo(pool, branch.id) is None  # it is the bank's, at the bank's address
    assert (await read_brand(pool, branch.id, own=True)).owner == ""
    assert (await read_brand(pool, other.id)).owner == ""
    await set_brand(
        pool, branch.id, zh="杭州", en="Hangzhou", accent="#0b5f52", logo=None, who="an"
    )
    assert (await read_brand(pool, branch.id)).owner == "hz"
    await set_brand(
        pool, bank.id, zh="江南", en="J", accent="#7a1020", logo=None, who="an", keep_logo=False
    )
    assert (await read_brand(pool, bank.id)).logo == ""
    assert await read_logo(pool, bank.id) is None


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\nb", "a\0b"])
async def test_a_bad_name_leaves_nothing(pool: Any, name: str) -> None:
    bank = await create_tenant(pool, "bank", "Bank")
    with pytest.raises(Invalid) as error:
        await set_brand(pool, bank.id, zh="名", en=name, accent="#0b5f52", logo=None, who="an")
    assert error.value.param == "en"
    assert (await read_brand(pool, bank.id)).owner == ""
