"""Lay out a server: its data folder, its roles, its database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from enscene.storage.cluster.account import Account
from enscene.storage.cluster.binaries import Binaries
from enscene.storage.database import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, LoginUrls
from enscene.storage.errors import MISCONFIGURED, TRY_AGAIN, StorageFault, disk_full


def create_data(binaries: Binaries, account: Account, data: Path, password: str) -> None:
    """Create the data folder, whole or not at all.

    Raises: StorageFault when initdb fails, for example on a full disk.
    """
    place = data.parent
    place.mkdir(parents=True, exist_ok=True)
    fresh = place / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    account.give(fresh)
    secret = place / "password.new"
    secret.unlink(missing_ok=True)
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    account.give(secret)
    command = [binaries.path("initdb"), "-D", str(fresh), "-U", ADMIN_ROLE]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"]
    # The built-in locale sorts alike on every machine; older servers have plain C for that.
    if binaries.major >= 17:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    told = subprocess.run(
        [*command, "--locale=C"],
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **account.run_as(),
    )
    secret.unlink()
    if told.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        if "No space left on device" in told.stdout:
            raise disk_full(place)
        telling = [line for line in told.stdout.splitlines() if "error" in line.lower()]
        reason = (telling or told.stdout.splitlines() or ["initdb"])[-1]
        raise StorageFault(
            f"无法建立数据库目录：{reason}",
            f"the data folder cannot be made: {place}",
            exit_code=TRY_AGAIN,
        )
    fresh.rename(data)


def check_version(binaries: Binaries, data: Path) -> None:
    """Raise a StorageFault when the data folder belongs to another major version."""
    found = (data / "PG_VERSION").read_text().strip()
    if found != str(binaries.major):
        raise StorageFault(
            f"数据目录 {data} 属于 PostgreSQL {found}，本程序使用 {binaries.major}："
            "请用原版本备份后恢复",
            f"the data folder {data} belongs to PostgreSQL {found}, this program runs "
            f"{binaries.major}: make a backup with the old version and restore it",
            exit_code=MISCONFIGURED,
        )


def create_roles(
    binaries: Binaries, logins: LoginUrls, passwords: Mapping[str, str], database: str
) -> None:
    """Create the owner, the application's role and the database; safe to repeat."""
    roles = "".join(
        f"select 'create role {role}' where not exists"
        f" (select from pg_roles where rolname = '{role}')\n\\gexec\n"
        f"alter role {role} login nosuperuser nobypassrls nocreatedb nocreaterole"
        f" password '{passwords[role]}';\n"
        for role in (OWNER_ROLE, APP_ROLE)
    )
    script = roles + create_database(database)
    run_sql(binaries, logins.url(ADMIN_ROLE, passwords[ADMIN_ROLE], "postgres"), script)


def create_database(name: str) -> str:
    """Return the script that makes a database for the owner and the application alone."""
    return (
        f"select 'create database {name} owner {OWNER_ROLE} template template0'"
        f" where not exists (select from pg_database where datname = '{name}')\n\\gexec\n"
        f"revoke all on database {name} from public;\n"
        f"grant connect on database {name} to {APP_ROLE};\n"
    )


def run_sql(binaries: Binaries, url: str, script: str) -> None:
    """Run a script of statements through psql.

    Raises: StorageFault with psql's first complaint.
    """
    address, env = split_password(url)
    told = subprocess.run(
        [binaries.path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", "-"],
        input=script,
        cwd="/",
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if told.returncode != 0:
        reason = (told.stderr.strip().splitlines() or ["psql"])[0]
        raise StorageFault(f"数据库操作失败：{reason}", reason, exit_code=TRY_AGAIN)


def split_password(url: str, *, inherit: bool = False) -> tuple[str, dict[str, str]]:
    """Return the address without its password, and an environment that holds it.

    With `inherit` the environment keeps what ours holds, for programs that people use.
    Arguments of a process are shown to everyone on the machine, its environment is not.
    """
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    role, _, password = login.partition(":")
    env = dict(os.environ) if inherit else {"PATH": os.defpath, "LC_ALL": "C"}
    env["PGPASSWORD"] = unquote(password)
    return urlunsplit(parts._replace(netloc=f"{role}@{place}")), env
