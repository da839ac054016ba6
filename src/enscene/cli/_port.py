"""Ask for a port before anything is started on it."""

from __future__ import annotations

import socket

from enscene.storage.errors import MISCONFIGURED, TRY_AGAIN, StorageFault


def require_free_port(port: int) -> None:
    """Raise a StorageFault when nobody could listen on a loopback port now."""
    if not 0 < port < 65536:
        raise StorageFault(f"端口无效：{port}", f"not a port: {port}", exit_code=MISCONFIGURED)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise StorageFault(
                f"无权使用端口 {port}，请用 --port 另选",
                f"no permission for port {port}: choose another with --port",
                exit_code=MISCONFIGURED,
            ) from error
        except OSError as error:
            raise StorageFault(
                f"端口 {port} 已被占用，请用 --port 另选",
                f"port {port} is busy: choose another with --port",
                exit_code=TRY_AGAIN,
            ) from error
