"""Work: what people are asked to resolve."""

from enscene.work.cases import CASES

__all__ = ["CASES"]
