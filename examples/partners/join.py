"""A partner joins a bank by program: applies, tries, proves itself, goes live, makes a first call.

    python join.py --base http://127.0.0.1:8700 --bank sandbox --scene smart_canteen

The bank admits it in its console, writes down an assessment of it, and opens it; the program enters
its own asset, waits, looks now and then, and says what is still missing. For a sandbox on this machine `up` needs
ENSCENE_WEBHOOK_LOOPBACK=127.0.0.1. Needs Python and `enscene_client` (sdk/python). Written from
docs/partners.md alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from receiver import ask, b64, receiver_of

from enscene_client import Client, Key, Problem

LOOK_S = 1.0


class Portal:
    """The bank's portal, with the partner's access key once there is one."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.headers: dict[str, str] = {"Accept-Language": "en"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What it answers. Raises: RuntimeError with the problem."""
        status, told = ask(method, f"{self.base}{path}", body=body, headers=self.headers)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {json.dumps(told)}")
        return told

    def wait(self, path: str, key: str, wanted: tuple[str, ...]) -> Any:
        """Look until it says one of these."""
        while True:
            told = self.ask("GET", path)
            if told[key] in wanted:
                return told
            time.sleep(LOOK_S)


def wait_for_live(portal: Portal, own: str) -> Any:
    """Look until the bank has opened it; whenever that changes, say which controls the bank still
    misses: it cannot open a partner that lacks one."""
    before: list[str] | None = None
    while (told := portal.ask("GET", own))["stage"] not in ("live", "suspended", "left"):
        controls = portal.ask("GET", f"{own}/controls")["controls"]
        missing = [each["id"] for each in controls if each["state"] == "missing"]
        if missing != before:
            say(step="waiting_for_the_bank", stage=told["stage"], missing=missing)
            before = missing
        time.sleep(LOOK_S)
    return told


def answers_of(standard: dict[str, Any], level: str) -> dict[str, dict[str, str]]:
    """A partner's answers, with its evidence. Answer for yourself, and truly."""
    return {
        question["id"]: {"answer": "yes", "evidence": f"https://partner.example/{question['id']}"}
        for question in standard["questions"]
        if level in question["levels"]
    }


def new_key(kid: str) -> tuple[dict[str, str], dict[str, str]]:
    """A pair of P-256 as JWKs, private and public; the private one stays here."""
    numbers = generate_private_key(SECP256R1()).private_numbers()
    public = {
        "kty": "EC", "crv": "P-256", "kid": kid,
        "x": b64(numbers.public_numbers.x.to_bytes(32, "big")),
        "y": b64(numbers.public_numbers.y.to_bytes(32, "big")),
    }  # fmt: skip
    return {**public, "d": b64(numbers.private_value.to_bytes(32, "big"))}, public


def say(**told: Any) -> None:
    """One line of JSON."""
    print(json.dumps(told), flush=True)


def join(base: str, bank: str, scene: str, level: str) -> None:
    """All of it, in order."""
    portal = Portal(base)
    made = portal.ask("POST", "/v1/partner-applications", {
        "bank": bank, "name": "Example Partner", "contact": "Li", "email": "li@partner.example",
        "purpose": "our diners top up their canteen wallet in our app", "level": level,
        "scopes": [f"scene:{scene}:*", "webhooks:read", "webhooks:write"],
    })  # fmt: skip
    own = f"/v1/partner-applications/{made['id']}"
    portal.headers["Authorization"] = f"Bearer {made['access_key']}"
    standard = portal.ask("GET", "/v1/admission-standard")
    portal.ask("PATCH", own, {"answers": answers_of(standard, level), "software": "1.0.0"})
    portal.ask("POST", f"{own}/submit")
    portal.ask("POST", f"{own}/assets", {"kind": "host", "name": "app.partner.example"})
    say(step="applied", id=made["id"])

    if portal.wait(own, "stage", ("admitted", "refused"))["stage"] == "refused":
        raise RuntimeError("refused: " + portal.ask("GET", own)["decision"]["reasons"])
    sandbox = portal.ask("POST", f"{own}/sandbox", {})
    receiver = receiver_of({**sandbox, "base": base}, 0)
    receiver.start()
    try:
        hook = f"http://127.0.0.1:{receiver.port}/hook"
        portal.ask("PATCH", own, {"webhook_url": hook})
        run = portal.ask("POST", "/v1/conformance-runs")
        found = portal.wait(f"/v1/conformance-runs/{run['id']}", "state", ("passed", "failed"))
        say(step="conformance", state=found["state"],
            failed=[each["check"] for each in found["checks"] if not each["passed"]])  # fmt: skip
    finally:
        receiver.stop()
    if found["state"] != "passed":
        raise RuntimeError(json.dumps(found["checks"]))

    private, public = new_key("live-1")
    portal.ask("POST", f"{own}/go-live", {"jwks": [public]})
    say(step="asked_to_go_live")
    told = wait_for_live(portal, own)
    if told["stage"] != "live":
        raise RuntimeError(f"the bank has not opened it: {told['stage']}")
    say(step=told["stage"], days=told["days"], client_id=told["live_client_id"])
    # Funds and account data want tokens that are bound, and every request signed.
    strict = level == "A2"
    issuer = portal.ask("GET", "/.well-known/oauth-authorization-server")["issuer"]
    live = Client(base, told["live_client_id"], Key.from_jwk(private), dpop=strict,
                  signing=strict, issuer=issuer)  # fmt: skip
    say(step="first_call", scenes=[each["ref"] for each in live.get("/v1/scenes").body["data"]])


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8700")
    parser.add_argument("--bank", default="sandbox")
    parser.add_argument("--scene", default="smart_canteen")
    parser.add_argument("--level", choices=("A1", "A2"), default="A1")
    arguments = parser.parse_args()
    try:
        join(arguments.base, arguments.bank, arguments.scene, arguments.level)
    except (RuntimeError, Problem) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
