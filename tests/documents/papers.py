"""Templates made for tests: the shipped one with a tag, a part or a relationship more."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from docx import Document

from models.documents.kinds import DocumentKind, shipped

RELS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"


def with_line(*lines: str, kind: DocumentKind = DocumentKind.NOTICE) -> bytes:
    """The shipped template with these paragraphs at its end."""
    document = Document(io.BytesIO(shipped(kind)))
    for line in lines:
        document.add_paragraph(line)
    return _saved(document)


def only(*lines: str) -> bytes:
    """A document of these paragraphs alone."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    return _saved(document)


def in_header(line: str) -> bytes:
    document = Document(io.BytesIO(shipped(DocumentKind.NOTICE)))
    document.sections[0].header.paragraphs[0].text = line
    return _saved(document)


def _saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def repacked(
    change: Mapping[str, Callable[[bytes], bytes]] = {},
    add: Mapping[str, bytes] = {},
    content: bytes = b"",
) -> bytes:
    """The shipped notice with parts changed or added."""
    written = io.BytesIO()
    source = io.BytesIO(content or shipped(DocumentKind.NOTICE))
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, bytes)(old.read(name)))
        for name, part in add.items():
            new.writestr(name, part)
    return written.getvalue()


def linked(target: str, kind: str = "hyperlink") -> bytes:
    """A relationship that leads out of the file."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    more = (
        f'<Relationship Id="rId99" Type="{office}{kind}" Target="{target}" TargetMode="External"/>'
    )
    end = b"</Relationships>"
    return repacked({RELS: lambda part: part.replace(end, more.encode() + end)})


def with_xml(inside: str) -> bytes:
    """XML of somebody's at the end of the body."""
    return repacked(
        {"word/document.xml": lambda p: p.replace(b"</w:body>", f"{inside}</w:body>".encode())}
    )


def declared(part: str, doctype: str) -> bytes:
    """A part that begins with a document type of its own."""

    def change(content: bytes) -> bytes:
        head, _, rest = content.partition(b"?>")
        return head + b"?>" + doctype.encode() + rest

    return repacked({part: change})
