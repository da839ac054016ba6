"""What people write here: said, and not at length."""

from __future__ import annotations

from enscene.kernel.errors import Invalid

NAME_MOST, TEXT_MOST = 80, 500


def said(text: str, param: str, most: int = TEXT_MOST) -> str:
    """Without blanks around it. Raises: Invalid("teamwork.text")."""
    found = text.strip()
    if not 0 < len(found) <= most or "\0" in found:
        raise Invalid(
            f"1 to {most} characters", code="teamwork.text", param=param, facts={"most": most}
        )
    return found
