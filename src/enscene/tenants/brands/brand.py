"""A tenant's brand; one without its own looks like the nearest one above it that has one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from enscene.kernel.errors import Invalid
from enscene.tenants.brands import store
from enscene.tenants.brands.logo import Logo
from enscene.tenants.store import Pool, admitted

ACCENT = "#0b5f52"
CONTRAST_LEAST = 4.5
"""WCAG 2.2 AA for text of usual size."""
SOFT = 0.09
"""How much of the colour is in the soft ground behind text in it (`--accent-soft`)."""
NAME_MOST = 40
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Brand:
    """`owner` is the ref of the tenant whose it is; "" means that there is none, and the names are
    empty. `logo` is the digest of its logo, "" without one."""

    owner: str
    zh: str
    en: str
    accent: str
    logo: str


NO_BRAND = Brand("", "", "", ACCENT, "")


async def read_brand(pool: Pool, tenant: int, *, own: bool = False) -> Brand:
    """The brand by which a tenant is shown; with `own` nobody's above it."""
    for row in await store.read_line(pool, tenant):
        kept = row["brand"]
        if kept:
            accent = str(kept.get("accent", ACCENT)).lower()
            return Brand(
                row["ref"], str(kept.get("zh", "")), str(kept.get("en", "")),
                accent if _COLOUR.fullmatch(accent) else ACCENT, str(kept.get("logo", "")),
            )  # fmt: skip
        if own:
            break
    return NO_BRAND


async def set_brand(
    pool: Pool, tenant: int, *, zh: str, en: str, accent: str, logo: Logo | None, who: str,
    keep_logo: bool = True,
) -> None:  # fmt: skip
    """Set the brand. Without a new `logo` the one before stays, unless `keep_logo` is false.
    Raises: Invalid("brand.name", "brand.colour", "brand.contrast").
    """
    names = {"zh": zh.strip(), "en": en.strip()}
    for language, name in names.items():
        if not 1 <= len(name) <= NAME_MOST or not name.isprintable():
            raise Invalid(
                f"a name has 1 to {NAME_MOST} characters", code="brand.name", param=language
            )
    colour = check_colour(accent)
    async with admitted(pool, tenant) as connection:
        digest = await store.read_digest(connection, tenant) if keep_logo else ""
        if logo is not None:
            await store.put_logo(connection, tenant, logo.kind, logo.content, logo.digest)
            digest = logo.digest
        elif not keep_logo:
            await store.drop_logo(connection, tenant)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        kept = {**names, "accent": colour, "logo": digest, "by": who, "at": at}
        await store.write_brand(connection, tenant, kept)


def check_colour(text: str) -> str:
    """The colour, if text in it and text on it can be read by everybody.
    Raises: Invalid("brand.colour", "brand.contrast").
    """
    colour = text.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise Invalid("a colour is # and six of 0-9, a-f", code="brand.colour", param="accent")
    found = contrast_of(colour)
    if found < CONTRAST_LEAST:
        raise Invalid(
            f"the contrast is {found:.1f}, and {CONTRAST_LEAST} is needed",
            code="brand.contrast", param="accent", hint="choose a darker colour",
            facts={"contrast": f"{found:.1f}", "least": str(CONTRAST_LEAST)},
        )  # fmt: skip
    return colour


def contrast_of(colour: str) -> float:
    """The least contrast of text in this colour, on white or on its own soft ground, and of white
    text on it: 1 to 21, as WCAG reckons."""
    levels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    soft = [SOFT * level + (1 - SOFT) for level in levels]
    return (_luminance(soft) + 0.05) / (_luminance(levels) + 0.05)


def _luminance(levels: list[float]) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
