"""Enscene: a bank's services in the scenes of daily life, each from one scene file."""

__version__ = "0.1.0"
