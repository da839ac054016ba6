"""An ERP that buys delay cover for the trips of a day, in one batch.

    python erp.py erp.json trips.csv        # policy,traveller,flight

Its tokens are bound to a key (DPoP), its requests and the bank's answers are signed (RFC 9421). The
number of a policy is its Idempotency-Key: a batch that broke off is run again as it is.
Needs `enscene_client` (sdk/python).
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from enscene_client import Client, Key, Problem


def buy_all(bank: Client, scene: str, trips: Path) -> Iterator[dict[str, Any]]:
    """One result for each line of the file; a refusal does not stop the others."""
    with trips.open(encoding="utf-8", newline="") as lines:
        for trip in csv.DictReader(lines):
            order = {name: trip[name] for name in ("policy", "traveller", "flight")}
            try:
                done = bank.act(scene, "buy_cover", order, key=f"erp-{trip['policy']}")
            except Problem as refused:
                yield {"policy": trip["policy"], "refused": refused.code, "hint": refused.hint}
            else:
                yield {"policy": trip["policy"], "replayed": done.replayed, **done.body}


def main() -> int:
    """0 when every line was bought."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    bank = Client(
        settings["base"], settings["client_id"], Key.from_file(Path(settings["key"])),
        dpop=True, signing=True,
    )  # fmt: skip
    refused = 0
    for result in buy_all(bank, settings["scene"], Path(sys.argv[2])):
        print(json.dumps(result, ensure_ascii=False), flush=True)
        refused += "refused" in result
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
