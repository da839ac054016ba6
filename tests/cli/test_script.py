"""The script that sets everything up follows the machine's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script, loaded as a module without leaving compiled files beside it."""
    loader = SourceFileLoader("enscene_script", str(ROOT / "enscene"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    keep, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = keep
    return module


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only pip.conf that the script sees, on a machine without other settings."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "SSL_", "HTTP", "XDG_", "ALL_PROXY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "system"))
    path = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(path))
    return path


def test_pip_settings_reach_uv(script: ModuleType, settings: Path, tmp_path: Path) -> None:
    """Index, further indexes, local folders, trust, certificates: each in uv's own word."""
    settings.write_text(
        "[global]\nindex-url = https://mirror.bank.example/simple\n"
        "extra-index-url =\n    https://a.example/simple\n    https://b.example/simple\n"
        "find-links = /srv/one /srv/two\ntrusted-host = mirror.bank.example\n"
        "cert = /etc/bank.pem\ntimeout = 60\nproxy = http://outward.example:8080\n"
    )
    env = script.uv_settings(script.index_settings(), str(tmp_path))
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.bank.example/simple"
    assert env["UV_INDEX"] == "https://a.example/simple https://b.example/simple"
    assert env["UV_FIND_LINKS"] == "/srv/one,/srv/two"
    assert env["UV_INSECURE_HOST"] == "mirror.bank.example"
    assert env["SSL_CERT_FILE"] == "/etc/bank.pem"
    assert env["UV_HTTP_TIMEOUT"] == "60"
    assert env["HTTPS_PROXY"] == "http://outward.example:8080"


def test_environment_is_stronger_than_files(
    script: ModuleType, settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PIP_INDEX_URL wins over pip.conf, and uv's own setting over both."""
    settings.write_text("[global]\nindex-url = https://file.example/simple\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    env = script.uv_settings(script.index_settings(), str(tmp_path))
    assert env["UV_DEFAULT_INDEX"] == "https://variable.example/simple"
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.example/simple")
    assert "UV_DEFAULT_INDEX" not in script.uv_settings(script.index_settings(), str(tmp_path))


def test_install_section_is_stronger_than_global(script: ModuleType, settings: Path) -> None:
    """As in pip, what is said for `install` replaces what is said for all commands."""
    settings.write_text("[global]\ntimeout = 5\n[install]\ntimeout = 50\n")
    assert script.index_settings()["timeout"] == "50"


def test_root_and_others_are_told_different_things(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only root is told to install for the machine."""
    monkeypatch.setattr(script.os, "getuid", lambda: 0)
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert "apt-get install -y python3-pip" in script.how_to_get_pip()[1]
    monkeypatch.setattr(script.os, "getuid", lambda: 1000)
    assert "ask an administrator" in script.how_to_get_pip()[1]


def test_no_fitting_python_is_one_line(tmp_path: Path) -> None:
    """Without any Python on PATH the script still says what it needs."""
    (tmp_path / "sh").symlink_to("/bin/sh")
    told = subprocess.run(
        ["/bin/sh", ROOT / "enscene", "up"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = told.stderr.splitlines()
    assert "needs Python 3.11, 3.12 or 3.13" in line
    assert (told.returncode, told.stdout) == (69, "")


@pytest.mark.parametrize("name", ["run", "test", "spark", "uv", "assets"])
def test_locks_hold_versions_and_hashes_but_no_addresses(name: str) -> None:
    """A lock works on any mirror: it names no place to fetch from."""
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = [line for line in lock.splitlines() if line and not line.startswith(" ")]
    assert "://" not in lock
    assert "--index" not in lock
    assert [entry for entry in entries if "==" not in entry] == []
    assert lock.count("--hash=sha256:") >= len(entries)
