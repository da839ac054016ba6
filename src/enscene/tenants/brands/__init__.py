"""How a tenant looks: its name in both languages, its colour, its logo."""

from enscene.tenants.brands.brand import (
    NO_BRAND,
    Brand,
    check_colour,
    contrast_of,
    read_brand,
    set_brand,
)
from enscene.tenants.brands.logo import LOGO_MOST, Logo, clean_logo, read_logo

__all__ = [
    "LOGO_MOST",
    "NO_BRAND",
    "Brand",
    "Logo",
    "check_colour",
    "clean_logo",
    "contrast_of",
    "read_brand",
    "read_logo",
    "set_brand",
]
