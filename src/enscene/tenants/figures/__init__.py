"""What the operator sees of tenants: counts and times, never a row of their customers."""

from enscene.tenants.figures.figures import Figures, read_figures
from enscene.tenants.figures.health import Health, Wait, read_health
from enscene.tenants.figures.sight import Sight, sight_of

__all__ = ["Figures", "Health", "Sight", "Wait", "read_figures", "read_health", "sight_of"]
