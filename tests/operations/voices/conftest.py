"""A tenant with a scene that is live and a customer in it."""

from __future__ import annotations

from operations.teamwork.conftest import tenant

__all__ = ["tenant"]
