"""What is signed at the gateway: `name=value` of every parameter but `sign`, in the order of the
names, joined by `&`, values as they are before any encoding, in UTF-8. What is empty is left out."""

from __future__ import annotations

from collections.abc import Mapping


def canonical(parameters: Mapping[str, str]) -> bytes:
    """The text to be signed."""
    names = sorted(name for name, value in parameters.items() if value and name != "sign")
    return "&".join([f"{name}={parameters[name]}" for name in names]).encode()
