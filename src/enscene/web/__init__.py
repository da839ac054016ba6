"""The web: the bank's console, and the pages that customers see inside a partner's site.

`create_console` makes the ASGI application, `fetch_assets` brings its front-end packages.
"""

from enscene.web.app import create_console
from enscene.web.assets import fetch_assets
from enscene.web.console import Console, ConsoleSettings

__all__ = ["Console", "ConsoleSettings", "create_console", "fetch_assets"]
