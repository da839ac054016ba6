"""Whether DuckDB and Spark give the same bytes for every indicator, over the same Parquet files.

The bytes are CSV, ordered by the whole key. Where there is no Java 17, or no Spark, it is skipped and
says so. Needs a checkout: the sample's rows are those of the benchmark."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from enscene.cli._say import complain

JAVA_LEAST = 17
EVENTS, PEOPLE = 20_000, 800
DAY = date(2026, 3, 17)
"""In the middle of the sample's month."""
ZONES = ("Asia/Shanghai", "America/New_York")
SETTINGS = {
    "spark.driver.memory": "2g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
}


def compare_engines(root: Path, *, as_json: bool) -> int:
    """1 when they differ."""
    why = _missing()
    if why is not None:
        print(f"跳过：{why[0]} · skipped: {why[1]}", file=sys.stderr)
        if as_json:
            print(json.dumps({"skipped": why[1]}))
        return 0
    sys.path.insert(0, str(root))
    found = []
    with tempfile.TemporaryDirectory(prefix="enscene-lake-") as place, _session(place) as session:
        files = _sample(Path(place) / "lake")
        for zone in ZONES:
            found += _compare(session, files, zone, Path(place))
    for each in found:
        mark = "✓" if each["same"] else "✗"
        print(f"{mark} {each['indicator']} {each['zone']}: {each['rows']} 行 · rows, "
              f"sha256 {each['sha256'][:16]}", file=sys.stderr)  # fmt: skip
    differ = sorted({each["indicator"] for each in found if not each["same"]})
    empty = sorted(
        {each["indicator"] for each in found}
        - {each["indicator"] for each in found if each["rows"]}
    )
    if as_json:
        print(json.dumps({"compared": found, "differ": differ, "empty": empty}))
    if differ:
        return complain("结果不同 · they differ: " + ", ".join(differ), 1)
    if empty:
        return complain("样本中没有数据 · the sample has nothing of: " + ", ".join(empty), 1)
    return 0


def _missing() -> tuple[str, str] | None:
    java = os.environ.get("JAVA_HOME")
    program = str(Path(java) / "bin" / "java") if java else shutil.which("java")
    if program is None or not Path(program).exists():
        return "没有 Java", "no Java"
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', told.stderr)
    if version is None or int(version[1]) < JAVA_LEAST:
        return f"Java 低于 {JAVA_LEAST}", f"Java below {JAVA_LEAST}"
    try:
        importlib.import_module("pyspark")
    except ImportError:
        return "没有 PySpark", "no PySpark"
    return None


@contextmanager
def _session(place: str) -> Iterator[Any]:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["SPARK_CONF_DIR"] = place
    (Path(place) / "log4j2.properties").write_text("rootLogger.level = off\n")
    sql = importlib.import_module("pyspark.sql")
    builder = sql.SparkSession.builder.master("local[2]").appName("enscene")
    for name, value in (
        SETTINGS | {"spark.local.dir": place, "spark.sql.warehouse.dir": place}
    ).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    try:
        yield session
    finally:
        session.stop()


def _sample(root: Path) -> dict[str, list[Path]]:
    from enscene.lake import KINDS, Folder

    rows = importlib.import_module("bench.lake_rows")
    folder = Folder(root)
    files: dict[str, list[Path]] = defaultdict(list)
    for file in rows.write_lake(folder, EVENTS, PEOPLE):
        files[file.kind].append(folder.at(file))
    return {kind: files[kind] for kind in KINDS}


def _compare(
    session: Any, files: dict[str, list[Path]], zone: str, place: Path
) -> list[dict[str, Any]]:
    from enscene.lake.read_lake import open_tables
    from enscene.operations.indicators.engines import DuckEngine, SparkEngine, bytes_of, compute
    from enscene.operations.indicators.window import Window

    window = Window(zone, DAY)
    with open_tables(files) as backend:
        by_duck = compute(DuckEngine(backend, place / "spill"), window)
    by_spark = compute(SparkEngine(session, files), window)
    session.catalog.clearCache()
    return [
        {
            "indicator": name, "zone": zone, "rows": table.num_rows,
            "sha256": hashlib.sha256(bytes_of(table)).hexdigest(),
            "same": bytes_of(table) == bytes_of(by_spark[name]),
        }
        for name, table in by_duck.items()
    ]  # fmt: skip
