"""What a state of service refuses of pages and forms."""

from __future__ import annotations

from starlette.requests import Request

from enscene.tenants.service import ServiceWatch

HOUSEKEEPING = ("/apis", "/bring-in", "/decisions", "/exports", "/invoices", "/library", "/norms",
                "/operator/income", "/operator/releases", "/prices")  # fmt: skip
"""Pages that money keeps moving without; so with the reference of a bank's portal."""
_PORTAL = ("apis", "docs", "reference", "try", "usage")
_ALWAYS = ("/operator/service", "/logout", "/password")
"""Forms that are taken in any state: else nobody could leave it."""


def admit_page(service: ServiceWatch, tenant: int, request: Request) -> None:
    """Let a page or a form of a tenant in.

    Raises: Unavailable("service.read_only", "service.essential_only").
    """
    if service.is_calm:
        return
    path = request.url.path
    parts = path.strip("/").split("/")
    can_wait = path.startswith(HOUSEKEEPING) or (
        parts[0] == "portal" and len(parts) > 2 and parts[2] in _PORTAL
    )
    looks = request.method in ("GET", "HEAD")
    if looks or not (path.startswith(_ALWAYS) or parts[-1] in ("login", "logout")):
        service.admit(tenant, "housekeeping" if can_wait else "money", looks=looks)
