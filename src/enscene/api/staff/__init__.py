"""What staff did and can do, over HTTP."""

from enscene.api.staff.serve import StaffDoor

__all__ = ["StaffDoor"]
