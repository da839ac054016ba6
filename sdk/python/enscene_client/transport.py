"""HTTP/1.1 with connections that are kept, one for each thread."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from enscene_client.errors import Unreachable


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` have names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """To one address. `tls` may carry a client certificate, for tokens that are bound to one."""

    def __init__(
        self, base: str, *, timeout_s: float = 30.0, tls: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            raise ValueError("base is https://host, without a path")
        self._secure = parts.scheme == "https"
        self._place = parts.netloc
        self._timeout_s = timeout_s
        self._tls = tls or (ssl.create_default_context() if self._secure else None)
        self._kept = threading.local()

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """One request, sent once. Raises: Unreachable."""
        connection = getattr(self._kept, "connection", None) or self._connection()
        self._kept.connection = connection
        try:
            connection.request(method, target, body=body, headers=dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unreachable(f"no answer from {self._place}: {error}") from error
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, told, content)

    def close(self) -> None:
        """Close this thread's connection."""
        connection = getattr(self._kept, "connection", None)
        if connection is not None:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._place, timeout=self._timeout_s, context=self._tls
            )
        return http.client.HTTPConnection(self._place, timeout=self._timeout_s)
