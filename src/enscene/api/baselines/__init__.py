"""Before and now over HTTP."""

from enscene.api.baselines.serve import BaselinesDoor

__all__ = ["BaselinesDoor"]
