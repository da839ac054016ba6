"""Releases: what is new in a template or the platform, and how it comes to all scenes."""

from enscene.operations.releases.release import (
    PLATFORM,
    Release,
    Target,
    Version,
    list_releases,
    list_versions,
    make_release,
    read_release,
    release_id,
)
from enscene.operations.releases.roll_out import begin_roll_out, go_on

__all__ = [
    "PLATFORM",
    "Release",
    "Target",
    "Version",
    "begin_roll_out",
    "go_on",
    "list_releases",
    "list_versions",
    "make_release",
    "read_release",
    "release_id",
]
