"""The golden cases of a pack, run through the real write path."""

from enscene.scenes.casebook.run_case import CaseResult, run_case

__all__ = ["CaseResult", "run_case"]
