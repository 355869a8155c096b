"""Is a .docx of somebody's safe to open? Looked at before any library does.

Refused with the reason: what is no document, what would not fit in memory, what carries code, what
fetches something from elsewhere when it is opened.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from models.messages import UserError

LARGEST = 2 * 1024 * 1024  # bytes, as it comes
LARGEST_CONTENT = 24 * 1024 * 1024  # unpacked
MOST_PARTS = 300
BODY = "word/document.xml"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_CODE = re.compile(r"vba(Project|Data)|activeX|macrosheet", re.IGNORECASE)
_EMBEDDED = re.compile(r"/(embeddings|afchunk|oleObject)", re.IGNORECASE)
# Fields that read a file, follow a link or start a program when the document is opened.
_FETCHES = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|MACROBUTTON|RD|DATABASE)\b",
    re.IGNORECASE,
)
_XML = (".xml", ".rels")


def refuse_unsafe(content: bytes) -> None:
    """UserError with the reason; nothing when it can be opened."""
    if len(content) > LARGEST:
        raise UserError("document.too_large", most=LARGEST // (1024 * 1024))
    if content.startswith(_OLE):
        raise UserError("document.old_word")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_parts(archive)
            for name, root in _trees(archive):
                _refuse_tree(name, root)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise UserError("document.not_word") from None


def _refuse_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    # No more than it says comes out of a part: the library stops there.
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_CONTENT:
        raise UserError("document.too_much")
    if BODY not in names or len(set(names)) < len(names):
        raise UserError("document.not_word")
    if any(_CODE.search(name) for name in names):
        raise UserError("document.macros")
    if any(_EMBEDDED.search(name) for name in names):
        raise UserError("document.embedded")


def _trees(archive: zipfile.ZipFile) -> Iterator[tuple[str, etree._Element]]:
    """Every part that is XML. One that defines entities is refused: it could be a bomb, or read
    files of this machine."""
    for name in archive.namelist():
        if not name.lower().endswith(_XML):
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            root = etree.fromstring(archive.read(name), parser)
        except (etree.XMLSyntaxError, ValueError):
            raise UserError("document.unreadable") from None
        if root.getroottree().docinfo.doctype:
            raise UserError("document.unreadable")
        yield name, root


def _refuse_tree(name: str, root: etree._Element) -> None:
    if name == "[Content_Types].xml":
        types = [str(one.get("ContentType", "")) for one in root]
        if any("macroenabled" in one.lower() or "vba" in one.lower() for one in types):
            raise UserError("document.macros")
    if name.endswith(".rels"):
        if any(str(one.get("TargetMode", "")).lower() == "external" for one in root.iter()):
            raise UserError("document.links")
        return
    fields = [one for one in root.iter() if _local(one) in ("instrText", "fldSimple", "altChunk")]
    said = "".join(
        (one.text or "") + "".join(str(value) for value in one.attrib.values()) for one in fields
    )
    if _FETCHES.search(said) or any(_local(one) == "altChunk" for one in fields):
        raise UserError("document.embedded")


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
