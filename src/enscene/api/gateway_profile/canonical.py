"""What is signed at the gateway: `name=value` of every parameter but `sign`, in the order of the
names, joined by `&`, values as they are before any encoding, in UTF-8. What is empty is left out.

A value may hold `&` and `=`, as the form is used everywhere, so that the text alone does not say where one
parameter ends. That nothing can be moved from one to its neighbour is due to what each may be: all but
`biz_content` and `notify_url` are of narrow forms, the first is one JSON object, and what follows the
other in the order has to be there itself.
"""

from __future__ import annotations

from collections.abc import Mapping


def canonical(parameters: Mapping[str, str]) -> bytes:
    """The text to be signed."""
    names = sorted(name for name, value in parameters.items() if value and name != "sign")
    return "&".join([f"{name}={parameters[name]}" for name in names]).encode()
