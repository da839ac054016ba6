"""What stories of the bank end with: how many checks held, and all figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from enscene.cli._say import say


def tell_report(report: Mapping[str, Any], *, one_line: bool) -> int:
    """Print it; the exit code is 1 where something was not as it should be."""
    failed = [name for name, good in report["checks"].items() if not good]
    say(
        f"{len(report['checks'])} 项核对，{len(failed)} 项不符",
        f"{len(report['checks'])} checks, {len(failed)} failed: {', '.join(failed) or 'none'}",
    )
    print(json.dumps(report, ensure_ascii=False, indent=None if one_line else 2))
    sys.stdout.flush()
    return 1 if failed else 0
