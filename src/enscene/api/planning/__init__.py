"""The register of scenes and its planning over HTTP: `/v1/planning`."""

from enscene.api.planning.serve import PlanningDoor

__all__ = ["PlanningDoor"]
