"""The API's pages to read: our own, without a script."""

from enscene.api.pages.serve import Pages

__all__ = ["Pages"]
