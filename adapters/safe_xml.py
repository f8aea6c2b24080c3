"""XML as it may be read from somebody else and written for them, with lxml."""

from __future__ import annotations

from lxml import etree

from contracts.errors import BadAnswer

# Characters that XML 1.0 or iCalendar cannot carry, or that some parsers take for the end of
# a line: one name with one of them would make a whole document unreadable.
_UNWRITABLE = {
    code: " "
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        *range(0xD800, 0xE000),
        0xFFFE,
        0xFFFF,
    )
    if chr(code) not in "\n\t"
}


def parse(document: bytes) -> etree._Element:
    """The root of a document: no DTD, no entities, nothing fetched, no huge nodes.

    Raises:
        BadAnswer: it is anything else.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadAnswer("It did not answer with well-formed XML.") from None
    if root.getroottree().docinfo.doctype:
        raise BadAnswer("It answered with XML that has a DTD.")
    return root


def writable(text: str) -> str:
    """What a citizen may have typed, with a space for every character that cannot be written."""
    return text.translate(_UNWRITABLE)
