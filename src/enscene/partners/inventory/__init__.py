"""What stands on the internet for partners: suppliers, versions, certificates, known holes."""

from enscene.partners.inventory.assets import (
    KINDS,
    SEVERITIES,
    Asset,
    Fault,
    Hole,
    drop_asset,
    faults_of,
    fix_hole,
    put_asset,
    read_assets,
    report_hole,
)

__all__ = [
    "KINDS",
    "SEVERITIES",
    "Asset",
    "Fault",
    "Hole",
    "drop_asset",
    "faults_of",
    "fix_hole",
    "put_asset",
    "read_assets",
    "report_hole",
]
