"""How a threat came out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Judged:
    """How a threat came out: what was checked, what was not as it should be, and what could not be
    tried on this machine."""

    number: int
    name: str
    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def check(self, said: str, *, holds: bool) -> None:
        """One fact that has to hold."""
        self.checks += 1
        if not holds:
            self.wrong.append(said)
