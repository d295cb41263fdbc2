"""Read and write Conjunction Data Messages in XML: `<cdm>`, alone or several in `<ndm>`.

CCSDS 508.0-B-1, section 4. Comments stand at the start of a block there, so on its way through
XML a comment moves to the first entry of its block, and those at the end of a message to the
first entry of its last one; none is lost, and their order stays. A user's parameter is
`<USER_DEFINED parameter="name">`; an element with the whole keyword as its name is read too.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from sda.ccsds.assembly import HEADER, OBJECT_1, OBJECT_2, RELATIVE, USER, Assembly, message_error
from sda.ccsds.cdm import Cdm
from sda.ccsds.checks import Fault, known
from sda.ccsds.entry import Entry
from sda.ccsds.keywords import OF_SECTION, USER_DEFINED, VERSION, Block, Section

__all__ = ["read_xml", "write_xml"]

_XML: Final = "<cdm> messages, in <ndm> or alone, without a document type"
_PARENTS: Final = {
    "header": ("cdm",),
    "body": ("cdm",),
    "relativeMetadataData": ("body",),
    "relativeStateVector": ("relativeMetadataData",),
    "segment": ("body",),
    "metadata": ("segment",),
    "data": ("segment",),
    "odParameters": ("data",),
    "additionalParameters": ("data",),
    "stateVector": ("data",),
    "covarianceMatrix": ("data",),
    "userDefinedParameters": ("data", "body"),
}
"""Where each element that holds others may stand."""
_NIL: Final = frozenset({"nil", "xsi:nil"})
_TAGS: Final = {
    (section, name): spec.block.tag
    for section, table in OF_SECTION.items()
    for name, spec in table.items()
}


class _Reader:
    """The state of reading one XML text."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.split("\n")
        self.found: list[Cdm] = []
        self.open: list[str] = []
        self.message: Assembly | None = None
        self.segments = 0
        self.keyword = ""
        """The keyword, or COMMENT, whose element is open."""
        self.unit: str | None = None
        self.line = 0
        self.content: list[str] = []
        self.parser = expat.ParserCreate(encoding="utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.document_type
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def text_of(self, line: int) -> str:
        return self.lines[min(max(line, 1), len(self.lines)) - 1]

    def refuse(self, reason: str, expected: str) -> NoReturn:
        line = self.parser.CurrentLineNumber
        if self.message:
            self.message.refuse(line, reason, expected)
        raise message_error(self.name, Fault(line, reason, expected), self.text_of(line))

    def document_type(self, *_: object) -> None:
        self.refuse("the XML has a document type, which is never read", _XML)

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        tag = qualified.rpartition(":")[2]
        if self.keyword:
            self.refuse(f"<{tag}> stands within <{self.keyword}>", "a value")
        if tag.isupper():
            self.start_keyword(tag, attributes)
            return
        parent = self.open[-1] if self.open else ""
        if tag == "cdm" and parent in ("", "ndm"):
            self.segments = 0
            version = attributes.get("version", "")
            line = self.parser.CurrentLineNumber
            self.message = Assembly(self.name, version.strip(), line, self.text_of)
        elif parent not in _PARENTS.get(tag, ()) and not (tag == "ndm" and not parent):
            self.refuse(f"<{tag}> stands in <{parent}>" if parent else f"no <cdm>: <{tag}>", _XML)
        self.segments += tag == "segment"
        if self.segments > 2:
            self.refuse("a third <segment>", "two objects in a message")
        self.open.append(tag)

    def start_keyword(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a keyword; its value comes when its element ends."""
        self.keyword = tag
        self.line = self.parser.CurrentLineNumber
        self.unit = None
        self.content.clear()
        for attribute, value in attributes.items():
            if attribute == "units":
                self.unit = value.strip()
            elif attribute == "parameter" and tag == "USER_DEFINED":
                self.keyword = USER_DEFINED + value.strip()
            elif attribute not in _NIL:
                self.refuse(f"{tag} has the attribute {attribute!r}", "units or nil")

    def characters(self, text: str) -> None:
        if self.keyword:
            self.content.append(text)
        elif not text.isspace():
            self.refuse("a text outside the elements of the keywords", _XML)

    def end(self, qualified: str) -> None:
        tag = qualified.rpartition(":")[2]
        if not self.keyword:
            self.open.pop()
            if tag == "cdm" and self.message:
                self.found.append(self.message.finish())
                self.message = None
            return
        keyword, self.keyword = self.keyword, ""
        text = "".join(self.content)
        if self.message is None:
            # What an <ndm> says about itself: it belongs to none of its messages.
            return
        if keyword == "COMMENT":
            self.message.pending += [line.strip() for line in text.strip().split("\n")]
        else:
            value = " ".join(text.split("\n")).strip()
            self.message.add(self.place(keyword), keyword, value, self.unit, self.line)

    def place(self, keyword: str) -> int:
        """Return the section of a keyword, which must stand in its block."""
        block = self.open[-1]
        if keyword.startswith(USER_DEFINED):
            if block != Block.USER_DEFINED:
                self.refuse(f"{keyword} stands in <{block}>", f"<{Block.USER_DEFINED}>")
            return USER
        if block == Block.HEADER:
            section, place = Section.HEADER, HEADER
        elif block in (Block.ENCOUNTER, Block.RELATIVE_STATE):
            section, place = Section.RELATIVE, RELATIVE
        else:
            section, place = Section.OBJECT, OBJECT_1 if self.segments < 2 else OBJECT_2
        tag = _TAGS.get((section, keyword))
        if tag != block:
            places = [of for (_, name), of in _TAGS.items() if name == keyword]
            if not places:
                expected = "a keyword of CCSDS 508.0-B-1 or of the draft of version 2.0"
                self.refuse(f"{keyword!r} is not a keyword of a CDM", expected)
            self.refuse(f"{keyword} stands in <{block}>", f"{keyword} in <{places[0]}>")
        return place


def read_xml(text: str, name: str) -> Iterator[Cdm]:
    """Return the messages of XML text, in `<ndm>` or alone.

    Raises MessageError for the first thing that is wrong. A document type is refused: a CDM has
    none, and its entities can grow without bound.
    """
    reader = _Reader(text, name)
    try:
        reader.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        fault = Fault(error.lineno, f"the XML is cut or broken here ({error})", _XML)
        raise message_error(name, fault, reader.text_of(error.lineno)) from None
    if not reader.found:
        raise message_error(name, Fault(1, "no <cdm> message in the XML", _XML), reader.text_of(1))
    return iter(reader.found)


def write_xml(messages: Iterable[Cdm]) -> str:
    """Return messages as XML text: `<cdm>` for one, `<ndm>` around several."""
    written = [_message(cdm) for cdm in messages]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    if len(written) == 1:
        lines += written[0]
    else:
        lines.append(f"<ndm{_XSI}>")
        for message in written:
            lines += message
        lines.append("</ndm>")
    return "\n".join([*lines, ""])


_XSI: Final = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
"""The standard wants it in the root, exactly so (4.3.3.2)."""


def _message(cdm: Cdm) -> list[str]:
    """Return the lines of a message."""
    lines = [f'<cdm{_XSI} id="{VERSION}" version="{cdm.version}">']
    closing = cdm.closing_comments
    lines += _block(Block.HEADER, cdm.header)
    lines += ["<body>", *_relative(cdm.relative)]
    for obj, entries in ((1, cdm.object_1), (2, cdm.object_2)):
        last = obj == 2
        blocks = [
            (block, list(group))
            for block, group in groupby(entries, lambda one: known(one, Section.OBJECT).block)
        ]
        if last and cdm.user_defined:
            blocks.append((Block.USER_DEFINED, list(cdm.user_defined)))
        lines.append("<segment>")
        for at, (block, group) in enumerate(blocks):
            more = closing if last and at == len(blocks) - 1 else ()
            lines += ["<data>"] * (at == 1) + _block(block, group, more)
        lines += ["</data>", "</segment>"]
    return [*lines, "</body>", "</cdm>"]


def _relative(entries: Iterable[Entry]) -> list[str]:
    """Return the relative data; the state within them takes no comments of its own."""
    lines = [f"<{Block.ENCOUNTER.tag}>", *(c for one in entries for c in _comments(one.comments))]
    for block, group in groupby(entries, lambda one: known(one, Section.RELATIVE).block):
        inside = [_element(one) for one in group]
        if block is Block.RELATIVE_STATE:
            inside = [f"<{block.tag}>", *inside, f"</{block.tag}>"]
        lines += inside
    return [*lines, f"</{Block.ENCOUNTER.tag}>"]


def _block(block: Block, entries: Iterable[Entry], more: tuple[str, ...] = ()) -> list[str]:
    """Return a block, with its comments first."""
    comments = [text for one in entries for text in one.comments]
    lines = [*_comments((*comments, *more)), *map(_element, entries)]
    return [f"<{block.tag}>", *lines, f"</{block.tag}>"]


def _comments(texts: Iterable[str]) -> list[str]:
    return [f"<COMMENT>{escape(text)}</COMMENT>" for text in texts]


def _element(entry: Entry) -> str:
    tag, attributes = entry.keyword, ""
    if tag.startswith(USER_DEFINED):
        tag = "USER_DEFINED"
        attributes = f" parameter={quoteattr(entry.keyword.removeprefix(USER_DEFINED))}"
    if entry.unit is not None:
        attributes += f" units={quoteattr(entry.unit)}"
    if not entry.value:
        return f'<{tag}{attributes} nil="true"/>'
    return f"<{tag}{attributes}>{escape(entry.value)}</{tag}>"
