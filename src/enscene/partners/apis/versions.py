"""The dated shapes of the API. An application keeps the one that was the newest when it was
registered; a request may ask for another."""

from __future__ import annotations

from enscene.kernel.errors import Invalid

HEADER = "Enscene-Version"
VERSIONS = ("2026-11-01", "2026-11-23")
"""Oldest first. The default of `app.version` is the last one: who adds one changes both."""
NEWEST = VERSIONS[-1]


def check_version(text: str) -> str:
    """A version that is known. Raises: Invalid("version.unknown")."""
    if text in VERSIONS:
        return text
    raise Invalid(
        f"there is no version {text[:20]!r} of the API",
        code="version.unknown",
        param=HEADER,
        hint=f"known: {', '.join(VERSIONS)}; without the header the application's own holds",
        facts={"known": list(VERSIONS)},
    )
