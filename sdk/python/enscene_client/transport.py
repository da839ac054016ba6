"""HTTP/1.1 with connections that are kept for the next request."""

from __future__ import annotations

import http.client
import ssl
from collections import deque
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
        self._idle: deque[http.client.HTTPConnection] = deque()

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """One request, sent once. Raises: Unreachable."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connection()
        try:
            connection.request(method, target, body=body, headers=dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unreachable(f"no answer from {self._place}: {error}") from error
        self._idle.append(connection)
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, told, content)

    def close(self) -> None:
        """Close the connections that wait for a next request."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(
                self._place, timeout=self._timeout_s, context=self._tls
            )
        return http.client.HTTPConnection(self._place, timeout=self._timeout_s)
