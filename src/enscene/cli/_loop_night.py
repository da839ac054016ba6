"""After the plan of story `loop`: a campaign that pushes, until the night and the rest of those who
did not answer stand against it. Without this the checker would look for what nobody had tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from enscene.cli._loop_bank import SCENE, ZONE, TravelBank
from enscene.cli._say import say
from enscene.kernel.clock import local_day

REF = "one_more"
TITLE = {"zh": "再走一程", "en": "One more trip"}
QUIET = {"begins": "21:00", "ends": "08:00", "channels": ["push"]}
FATIGUE = {"after": 3, "rest": "14d"}
HOURS = {"evening": 20.5, "night": 22.5, "noon": 36.0}
"""When they book, in hours from midnight on."""


def campaign(first: datetime) -> dict[str, Any]:
    """One offer by push after each booking, for two days."""
    day = local_day(first, ZONE)
    return {
        "title": TITLE, "owner": "story", "line": "retail", "purpose": "keep",
        "starts": day.isoformat(), "ends": (day + timedelta(days=1)).isoformat(), "holdout": 0,
        "moments": {"m": {"after": [f"{SCENE}.book_package"], "offer": ["trip"]}},
        "offers": {"trip": {"title": TITLE, "reason": TITLE, "value": "20.00",
                            "channels": ["push"]}},
    }  # fmt: skip


class Night:
    """Customers of whom some have answered what they heard last, and some have answered nothing of
    the last two."""

    def __init__(self, bank: TravelBank, answered: list[str], silent: list[str]) -> None:
        self.bank, self.answered, self.silent = bank, answered, silent

    async def play(self, begins: datetime) -> dict[str, Any]:
        """From midnight of a day on; how much was said, and why no more."""
        say("推送遇到夜间和疲劳", "pushes meet the night, and customers who are tired of them")
        bank, everybody = self.bank, [*self.answered, *self.silent]
        await bank.approve(f"campaigns/{REF}", campaign(begins))
        for name, hour in HOURS.items():
            at = begins + timedelta(hours=hour)
            await bank.to(at)
            await bank.each(everybody, partial(bank.book, booking=name))
            await bank.to(at + timedelta(minutes=20))
        found = dict(zip(everybody, await bank.each(everybody, self._decided), strict=True))
        for who in self.answered:
            bank.check("who answers hears by day, and is not woken at night",
                       [_word(each) for each in found[who]] == ["said", "quiet_hours", "said"])  # fmt: skip
        for who in self.silent:
            bank.check("who has answered nothing three times is left alone",
                       [_word(each) for each in found[who]] == ["said", "fatigue", "fatigue"])  # fmt: skip
        words = [_word(each) for heard in found.values() for each in heard]
        return {word: words.count(word) for word in ("said", "quiet_hours", "fatigue")}

    async def _decided(self, who: str) -> list[dict[str, Any]]:
        """Of this campaign alone, the oldest first."""
        found = await self.bank.decided(who, len(HOURS))
        own = [each for each in found if each["moment"].startswith(f"{REF}/")]
        return sorted(own, key=lambda each: str(each["at"]))


def _word(decision: dict[str, Any]) -> str:
    if decision["state"] != "none":
        return "said"
    return str(decision["suppressed"][f"{REF}/trip"])
