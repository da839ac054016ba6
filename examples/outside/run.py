"""Start the three outside scenes.

    python run.py --config outside.json

outside.json holds, for each of takeaway, taxi and shopping, the live application of its partner:
{"takeaway": {"base", "issuer", "client_id", "private_jwk", "port"}, …}. The bank opens an entry
for each address. Needs Python and `enscene_client` (sdk/python). Written from docs/bring-in.md.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outside import Scene
from shopping import Shopping
from takeaway import Takeaway
from taxi import Taxi

SCENES: tuple[type[Scene], ...] = (Takeaway, Taxi, Shopping)


def open_scenes(config: Mapping[str, Mapping[str, Any]]) -> dict[str, Scene]:
    """Those that the configuration names, served in the background."""
    found = {
        each.name: each(config[each.name], int(config[each.name].get("port", 0)))
        for each in SCENES
        if each.name in config
    }
    for scene in found.values():
        scene.start()
    return found


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("outside.json"))
    for name, scene in open_scenes(json.loads(parser.parse_args().config.read_text())).items():
        print(json.dumps({"scene": name, "address": f"{scene.origin}/"}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
