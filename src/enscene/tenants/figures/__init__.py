"""What the operator sees of tenants: counts and times, never a row of their customers."""

from enscene.tenants.figures.adoption import Adoption, read_adoption, set_renewal
from enscene.tenants.figures.figures import Figures, read_figures
from enscene.tenants.figures.health import Health, Wait, read_health
from enscene.tenants.figures.sight import Sight, sight_of

__all__ = [
    "Adoption",
    "Figures",
    "Health",
    "Sight",
    "Wait",
    "read_adoption",
    "read_figures",
    "read_health",
    "set_renewal",
    "sight_of",
]
