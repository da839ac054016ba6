"""Demo logins of the sandbox's console, with passwords of this home alone."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from enscene.cli._secrets import read_secret, write_secret
from enscene.tenants import Tenant
from enscene.tenants.users import create_user, list_users, set_password

# A password is read from a screen and typed: no letters that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """Somebody who may log in to the console."""

    name: str
    title: str
    login: str
    password: str


Demo = Mapping[str, tuple[str, str, str, str | None]]
"""By login: name, title, role, party."""
PEOPLE: Demo = {
    "li": ("李明", "场景经理 · scene team", "scene_team", None),
    "wang": ("王芳", "审批人 · approver", "approver", None),
    "chen": ("陈静", "食堂经理 · partner", "partner", "canteen-1"),
    "sun": ("孙悦", "客户经理 · relationship manager", "manager", None),
    "zhao": ("赵磊", "审计员 · auditor", "auditor", None),
    "wu": ("吴敏", "管理员 · administrator", "admin", None),
}


OPERATORS: Demo = {
    "he": ("何川", "运营 · operator", "operator", None),
    "lin": ("林岚", "运营复核 · second operator", "operator", None),
}


async def keep_logins(
    pool: asyncpg.Pool[Any], tenant: Tenant, home: Path, people: Demo = PEOPLE
) -> list[DemoLogin]:
    """Make the people who are missing; their passwords stand in `logins.json` of the home."""
    path = home / "logins.json"
    known = read_secret(path) or {}
    users = {user.login: user for user in await list_users(pool, tenant.id)}
    found = []
    for login, (name, title, role, party) in people.items():
        password = known.get(login)
        if password is None:
            password = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
            known[login] = password
            write_secret(path, known)
            if login in users:
                await set_password(pool, users[login], password)
        if login not in users:
            await create_user(
                pool, tenant, login, name=name, password=password, roles=[role], party=party
            )
        found.append(DemoLogin(name, title, f"{login}@{tenant.ref}", password))
    return found
