"""The command line tells what is wrong in one line, and its exit code says what kind."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from enscene.cli import main, up
from enscene.cli._commands import command_names, load_command
from enscene.cli._home import only_one_up
from enscene.cli._up_steps import Up
from enscene.storage import Database, OpenDatabase


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


@pytest.mark.parametrize(
    ("words", "zh", "en"),
    [
        ("pakc", "命令 不能是 pakc", "the command cannot be pakc"),
        ("pack", "缺少参数：命令", "missing: the command"),
        ("pack chek", "是否想写 check？", "did you mean check?"),
        ("pack new", "缺少参数：id", "missing: id"),
        ("pack check --lang fr", "--lang 不能是 fr，可用：zh, en", "--lang cannot be fr"),
        ("restore", "缺少参数：file", "missing: file"),
        ("up --port x", "--port 须为数字，而不是 x", "--port is a number, not x"),
        ("up --port", "--port 后面缺少值", "--port needs a value"),
        ("up --nope", "多余的参数：--nope", "not understood: --nope"),
        ("up --once=1", "--once 不带值", "--once takes no value"),
        ("up --allow", "--allow 不明确", "--allow may be"),
    ],
)
def test_words_that_make_no_command_are_told_in_both_languages(
    words: str, zh: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, Chinese first, where to find help, and exit code 2."""
    with pytest.raises(SystemExit) as raised:
        main(words.split())
    assert raised.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    chinese, _, english = line.partition(" · ")
    assert zh in chinese
    assert en in english
    assert "--help" in chinese


def test_help_is_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    """Also what argparse itself puts there."""
    with pytest.raises(SystemExit) as raised:
        main(["pack", "check", "--help"])
    assert raised.value.code == 0
    shown = capsys.readouterr().out
    for said in ("用法 · usage", "参数 · arguments", "选项 · options", "显示帮助"):
        assert said in shown


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


@pytest.mark.parametrize(
    ("simulator", "verified", "code", "line"),
    [
        ({"surprises": 0, "first_surprises": []}, True, 0, ""),
        ({"surprises": 2, "first_surprises": [{"request": "a thing"}]}, True, 1, "2 surprises: a thing"),
        ({"surprises": 0, "first_surprises": []}, False, 1, "the ledger is not verified"),
    ],
)  # fmt: skip
def test_a_day_with_a_surprise_is_no_success(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    simulator: dict[str, object],
    verified: bool,
    code: int,
    line: str,
) -> None:
    """`up` ends with 1 and says why in one line; the summary is the last line of its output."""

    async def step(given: Up) -> None:
        given.summary |= {"simulator": simulator, "ledger": {"verified": verified}}

    @contextmanager
    def no_database(home: Path) -> Iterator[OpenDatabase]:
        yield OpenDatabase(Database(url_app="", url_owner=""))

    monkeypatch.setattr(up, "STEPS", (step,))
    monkeypatch.setattr(up, "open_database", no_database)
    monkeypatch.setattr(up, "bring_up_to_date", lambda opened: None)
    assert main(["up", "--once", "--json"]) == code
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["simulator"] == simulator
    assert (line in said.err.splitlines()[-1]) if line else ("surprises" not in said.err)


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


@pytest.mark.parametrize("words", ["service show", "tenant list", "meter prove", "ledger verify"])
def test_a_database_without_tables_is_told_with_the_way_out(
    words: str,
    empty_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line in both languages, whichever command finds it out."""

    def opened(home: Path) -> OpenDatabase:
        return OpenDatabase(empty_database)

    name = words.split()[0]
    monkeypatch.setattr(f"enscene.cli.{name}.open_database", opened)
    assert main(words.split()) == 69
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "请先运行 ./enscene up" in told
    assert "run ./enscene up, which makes and opens it" in told
