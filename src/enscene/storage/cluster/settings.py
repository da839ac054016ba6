"""The server's settings: good for two cores and a few hundred megabytes, safe on power loss."""

from __future__ import annotations

from pathlib import Path

HBA = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""

# A socket's path is limited to 107 bytes, and the name in it takes 18.
SOCKET_FOLDER_BYTES_MAX = 88


def write_settings(data: Path, *, port: int, sockets: Path | None, tls: Path | None) -> None:
    """Write postgresql.conf and pg_hba.conf; what people changed by hand is replaced.

    `tls` is a folder with server.crt and server.key; only servers built with TLS take it.
    """
    settings = {
        "port": str(port),
        "listen_addresses": "'127.0.0.1'",
        "unix_socket_directories": f"'{sockets}'" if sockets else "''",
        "max_connections": "100",
        "shared_buffers": "'128MB'",
        # A day's close writes gigabytes; every checkpoint within it writes whole pages again.
        "max_wal_size": "'4GB'",
        "checkpoint_timeout": "'15min'",
        # A table filled just now is planned for as if it were empty until it has been counted: an
        # index that begins alike is then read from end to end for every row.
        "autovacuum_naptime": "'5s'",
        "max_worker_processes": "4",
        "max_parallel_workers": "2",
        "jit": "off",
        "fsync": "on",
        "synchronous_commit": "on",
        "password_encryption": "'scram-sha-256'",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "datestyle": "'iso, ymd'",
        "lc_messages": "'C'",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        # A client that vanished must not hold its locks until TCP gives up.
        "client_connection_check_interval": "'10s'",
    }
    if tls is not None:
        settings |= {
            "ssl": "on",
            "ssl_cert_file": f"'{tls / 'server.crt'}'",
            "ssl_key_file": f"'{tls / 'server.key'}'",
        }
    lines = ["# Written by Enscene at every start.\n"]
    lines += [f"{name} = {value}\n" for name, value in settings.items()]
    (data / "postgresql.conf").write_text("".join(lines))
    (data / "pg_hba.conf").write_text(HBA)


def socket_folder(place: Path) -> Path | None:
    """Return where the socket goes, or nothing when its path would be too long."""
    folder = place / "run"
    return folder if len(bytes(folder)) <= SOCKET_FOLDER_BYTES_MAX else None
