"""What stands on the internet for partners: suppliers, versions, certificates, known holes."""

from enscene.partners.inventory.addresses import enter_addresses
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
from enscene.partners.inventory.components import (
    Component,
    count_components,
    import_bill,
    list_components,
    match_advisories,
)

__all__ = [
    "KINDS",
    "SEVERITIES",
    "Asset",
    "Component",
    "Fault",
    "Hole",
    "count_components",
    "drop_asset",
    "enter_addresses",
    "faults_of",
    "fix_hole",
    "import_bill",
    "list_components",
    "match_advisories",
    "put_asset",
    "read_assets",
    "report_hole",
]
