"""The open API: what partners' applications, devices' gateways and our own pages call.

`create_app` makes the ASGI application, `serving` serves one with limits that hold off slow
clients.
"""

from __future__ import annotations

from enscene.api.auth.store import Pool
from enscene.api.gateway import PREFIXES, ApiSettings, Gateway
from enscene.api.server import serving
from enscene.scenes.runtime import SceneHost

__all__ = ["PREFIXES", "ApiSettings", "Gateway", "create_app", "serving"]


def create_app(host: SceneHost, pool: Pool, settings: ApiSettings | None = None) -> Gateway:
    """The ASGI application of the API on a running host.

    It serves the paths of `PREFIXES`; mount the console beside it. The caller opens and closes
    host and pool.
    """
    return Gateway(host, pool, settings or ApiSettings())
