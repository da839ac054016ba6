"""The command line tells what is wrong in one line, and its exit code says what kind."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from enscene.cli import main
from enscene.cli._commands import command_names, load_command
from enscene.cli._home import only_one_up


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has an empty home."""
    monkeypatch.setenv("ENSCENE_HOME", str(tmp_path))
    monkeypatch.delenv("ENSCENE_DATABASE_URL", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", command_names())
def test_every_command_says_what_it_does(name: str) -> None:
    """Each command file has a name like its own and help in both languages."""
    assert " · " in load_command(name).help


def test_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the overview is shown, and that is no failure."""
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert [name for name in command_names() if f"  {name} " not in shown] == []


def test_busy_port_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A taken port is told before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["up", "--port", str(port)]) == 75
    (line,) = capsys.readouterr().err.splitlines()
    assert f"port {port} is busy" in line


def test_second_up_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One home has one running `up`."""
    with only_one_up(home):
        assert main(["up", "--once"]) == 1
    assert "cli.already_up" in capsys.readouterr().err


def test_damaged_backup_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Restoring a file that is no backup ends before any server is started."""
    (tmp_path / "file").write_text("nothing of the kind")
    assert main(["restore", "--yes", str(tmp_path / "file")]) == 65
    (line,) = capsys.readouterr().err.splitlines()
    assert "not a backup" in line


def test_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that does not exist is named."""
    assert main(["restore", "--yes", str(tmp_path / "absent")]) == 73
    assert "absent" in capsys.readouterr().err


def test_reset_asks_first(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No answer is a no: nothing is deleted."""
    (home / "data").write_text("kept")
    monkeypatch.setattr("sys.stdin.readline", lambda: "", raising=False)
    assert main(["reset"]) == 1
    assert (home / "data").exists()
    assert "nothing was changed" in capsys.readouterr().err


def test_reset_keeps_backups_and_environment(home: Path) -> None:
    """What is costly to make again, and what people made on purpose, stays."""
    for name in ("backups", "venv", "lake"):
        (home / name).mkdir()
    assert main(["reset", "--yes"]) == 0
    assert {path.name for path in home.iterdir()} == {"backups", "venv"}


def test_others_database_is_not_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that others run is never emptied by us."""
    monkeypatch.setenv("ENSCENE_DATABASE_URL", "postgresql://u@db.example/enscene")
    assert main(["reset", "--yes"]) == 78


def test_down_without_anything_running(capsys: pytest.CaptureFixture[str]) -> None:
    """Stopping what does not run is no failure."""
    assert main(["down"]) == 0
    assert "nothing was running" in capsys.readouterr().err
