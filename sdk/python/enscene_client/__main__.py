"""`python -m enscene_client new-key erp-1 erp.jwk`: the private key into the file, the public printed."""

from __future__ import annotations

import json
import os
import sys

from enscene_client.keys import Key


def main() -> int:
    """0 when the key was made; a file that is there already is left alone."""
    if len(sys.argv) != 4 or sys.argv[1] != "new-key":
        print("usage: python -m enscene_client new-key KID FILE", file=sys.stderr)
        return 2
    key = Key.generate(sys.argv[2])
    try:
        file = os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{sys.argv[3]} is there already", file=sys.stderr)
        return 1
    with open(file, "w", encoding="utf-8") as opened:
        json.dump(key.private_jwk(), opened)
    print(json.dumps(key.public_jwk()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
