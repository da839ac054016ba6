"""How a channel of the bank made sure of its customer, before it opens anything for them.

Names of methods are those of RFC 8176 (`amr`); that two different kinds of factor are needed for
what binds to pay is the rule that the bank's own second factor follows in a scene as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from enscene.customers.factor_kinds import METHODS, count_kinds
from enscene.engagement.applications import needs_code
from enscene.kernel.errors import Forbidden, Invalid

__all__ = ["METHODS", "check_factors"]


def check_factors(kind: str, methods: Iterable[str]) -> None:
    """Refuse what binds the customer unless two kinds of factor were shown.

    Raises: Invalid (a method that RFC 8176 does not know), Forbidden("factor.second_missing").
    """
    shown = set(methods)
    if not shown <= METHODS:
        raise Invalid(
            f"there is no method {min(shown - METHODS)!r}", code="invalid.choice", param="amr",
            hint=", ".join(sorted(METHODS)),
        )  # fmt: skip
    kinds = count_kinds(shown)
    if needs_code(kind) and kinds < 2:
        raise Forbidden(
            "what binds a customer to pay is opened after two kinds of factor",
            code="factor.second_missing", param="amr", facts={"kinds": kinds},
            hint='say how the customer was made sure of: "amr": ["pwd", "otp"]',
        )  # fmt: skip
