"""SQL of the key that signs customers' page sessions; all processes share it."""

from __future__ import annotations

import secrets
from typing import Any


async def read_h5_key(pool: Any) -> bytes:
    """The key, made at the first use."""
    material = await pool.fetchval("select material from h5_key where id = 1")
    if material is None:
        await pool.execute(
            "insert into h5_key (id, material) values (1, $1) on conflict do nothing",
            secrets.token_bytes(32),
        )
        material = await pool.fetchval("select material from h5_key where id = 1")
    return bytes(material)
