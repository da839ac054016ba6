"""Without Java the comparison of the two engines is skipped, and says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_without_java_it_is_skipped_visibly(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "enscene.cli", "test", "lake", "--json"],
        env=os.environ | {"JAVA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0
    assert told.stderr == "跳过：没有 Java · skipped: no Java\n"
    assert json.loads(told.stdout) == {"skipped": "no Java"}


def test_an_old_java_is_no_java(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    program.chmod(0o755)
    told = subprocess.run(
        [sys.executable, "-m", "enscene.cli", "test", "lake"],
        env=os.environ | {"JAVA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (0, "")
    assert "Java below 17" in told.stderr
