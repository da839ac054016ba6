"""How likely a customer is to take what is offered: cards of points, fitted on who took it."""

from enscene.engagement.propensity.fit_propensity import fit_propensity
from enscene.engagement.propensity.judge_propensity import Judged, alift_of, judge_propensity

__all__ = ["Judged", "alift_of", "fit_propensity", "judge_propensity"]
