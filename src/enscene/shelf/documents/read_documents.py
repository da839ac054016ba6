"""Read the texts of the bank's documents: what is wrong is collected with its line."""

from __future__ import annotations

from pathlib import Path

from enscene.kernel.documents import Map, Mistakes, Scalar, read_yaml
from enscene.kernel.documents.shapes import conform
from enscene.kernel.said import say
from enscene.shelf._grammar import DOCUMENT
from enscene.shelf.documents.document import BLANKS, Document, blanks_of

FOLDER = "documents"


def read_documents(bank: Path, mistakes: Mistakes) -> dict[str, Document | None]:
    """Every document by name, in the folder `documents` of the bank's own; None where something
    is wrong with its file."""
    found: dict[str, Document | None] = {}
    for path in sorted((bank / FOLDER).glob("*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        found[path.stem] = read_document(f"bank/{FOLDER}/{path.name}", text, mistakes)
    return found


def read_document(file: str, text: str, mistakes: Mistakes) -> Document | None:
    """The document of one file, or None when something is wrong with it."""
    before = len(mistakes)
    root = read_yaml(file, text, mistakes)
    node = None if root is None else conform(root, DOCUMENT, mistakes)
    if len(mistakes) > before or not isinstance(node, Map):
        return None
    name = file.rpartition("/")[2].removesuffix(".yaml")
    if node.text("id") != name:
        message = say("the id is not the file's name `{name}`", name=name)
        mistakes.add(node.where("id"), "wrong_id", message, path="id")
    clauses = [clause for clause in node.seq("clauses") if isinstance(clause, Map)]
    for clause in clauses:
        _check_blanks(clause, mistakes)
    if not clauses:
        message = say("a document needs clauses")
        mistakes.add(node.where("clauses"), "no_clauses", message, path="clauses")
    if len(mistakes) > before:
        return None
    return Document(name, _both(node.map("title")), tuple(_both(clause) for clause in clauses))


def _check_blanks(clause: Map, mistakes: Mistakes) -> None:
    """Every blank is known, and both languages leave the same open."""
    used: dict[str, set[str]] = {}
    for language, node in clause:
        assert isinstance(node, Scalar)
        names = blanks_of(node.text)
        if names is None:
            message = say("a brace stands alone")
            hint = say("a blank is written `{{amount}}`")
            mistakes.add(node.at, "bad_blank", message, hint, node.path)
            return
        used[language] = set(names)
        for name in names:
            if name not in BLANKS:
                mistakes.unknown(node.at, "blank", name, BLANKS, node.path)
    if used["zh"] != used["en"]:
        message = say("the languages of the clause do not leave the same blanks")
        mistakes.add(clause.where("en"), "other_blanks", message, path=clause.path)


def _both(node: Map) -> dict[str, str]:
    return {language: node.text(language).strip() for language in ("zh", "en")}
