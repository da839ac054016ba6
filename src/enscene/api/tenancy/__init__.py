"""A tenant's own affairs for its programs: its people, its brand, its tickets."""

from enscene.api.tenancy.serve import TenancyDoor

__all__ = ["TenancyDoor"]
