"""What customers read before they sign, and can read again afterwards."""

from enscene.shelf.documents.document import BLANKS, Document, blanks_of
from enscene.shelf.documents.fill_document import Filled, Terms, fill_document
from enscene.shelf.documents.read_documents import read_documents

__all__ = [
    "BLANKS",
    "Document",
    "Filled",
    "Terms",
    "blanks_of",
    "fill_document",
    "read_documents",
]
