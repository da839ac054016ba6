"""Run the life of scenes: make, change, open and close them; bring parties into them."""

from enscene.scenes.administer.change_scene import change_state, change_terms
from enscene.scenes.administer.create_scene import SceneOrder, create_scene, store_pack
from enscene.scenes.administer.enrol import enrol, link, open_missing_accounts
from enscene.scenes.administer.parts_in_use import refuse_parts_in_use

__all__ = [
    "SceneOrder",
    "change_state",
    "change_terms",
    "create_scene",
    "enrol",
    "link",
    "open_missing_accounts",
    "refuse_parts_in_use",
    "store_pack",
]
