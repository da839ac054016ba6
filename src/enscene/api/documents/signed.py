"""How the documents that customers sign are told, in a scene and by the bank."""

from __future__ import annotations

from enscene.api.documents.parts import Schema, path_parameter

DOCUMENT = path_parameter(
    "document",
    {"type": "string", "minLength": 1},
    "文件名，见 documents · its name, in `documents`",
)
LANGUAGE: Schema = {
    "name": "lang",
    "in": "query",
    "description": "缺省按 Accept-Language，否则中文 · as Accept-Language says, else Chinese",
    "schema": {"enum": ["zh", "en"]},
}


def document_schema(**more: Schema) -> Schema:
    """A document with its blanks filled."""
    properties: dict[str, Schema] = {
        "name": {"type": "string", "example": "credit_agreement"},
        "title": {"type": "string"},
        "language": {"enum": ["zh", "en"]},
        "clauses": {"type": "array", "items": {"type": "string"}},
        "version": {"type": "string", "description": "正文的版本 · the version of the text"},
        **more,
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
