"""The API described: OpenAPI 3.1, one document for each scene and one for the platform."""

from enscene.api.documents.serve import Documents

__all__ = ["Documents"]
