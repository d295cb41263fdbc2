"""Read Conjunction Data Messages from files of any format.

The format is told from the content, never from the name; gzip too.
"""

import gzip
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Final

from sda.ccsds.assembly import message_error
from sda.ccsds.cdm import Cdm
from sda.ccsds.checks import Fault
from sda.ccsds.flat_json import read_json
from sda.ccsds.kvn import read_kvn
from sda.ccsds.xml import read_xml
from sda.errors import MessageError

__all__ = ["holds_messages", "read_cdm", "read_cdm_text"]

_EXPECTED: Final = "a Conjunction Data Message in KVN, XML or JSON"
_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 1 << 16
"""Bytes of a file that tell what it holds."""
_MARKS: Final = re.compile(
    rb"CCSDS_CDM_VERS"  # KVN, and JSON as it should be
    rb"|<(?:\w+:)?cdm[\s>]"
    rb'|"SAT[12]_[A-Z_]+"\s*:'  # JSON that lacks its version
)


def holds_messages(path: Path) -> bool:
    """Return whether a file is meant to hold messages, by its beginning; gzip too.

    False for a file that cannot be opened or unpacked: whoever reads it says why.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head[:2] == _GZIP:
                file.seek(0)
                with gzip.open(file) as unpacked:
                    head = unpacked.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return False
    return _MARKS.search(head) is not None


def read_cdm(path: Path) -> tuple[Cdm, ...]:
    """Read all messages of a file.

    Text is UTF-8, or UTF-16 where it begins with its mark, else Latin 1 (ISO 8859-1), the set that
    the standard names.
    Raises MessageError for a file that cannot be opened and for the first thing wrong in it.
    """
    try:
        raw = path.read_bytes()
        if raw[:2] == _GZIP:
            raw = gzip.decompress(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        fault = Fault(1, f"the compressed file is cut or broken ({error})", "a whole gzip file")
        raise message_error(str(path), fault, "") from None
    except OSError as error:
        reason = f"cannot read {path}: {error.strerror}; check its name and permissions"
        raise MessageError(reason) from None
    if raw[:2] in (BOM_UTF16_LE, BOM_UTF16_BE):
        return read_cdm_text(raw.decode("utf-16", errors="replace"), str(path))
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return read_cdm_text(text, str(path))


def read_cdm_text(text: str, name: str) -> tuple[Cdm, ...]:
    """Read all messages of a text in whatever format it is; `name` is its file's, for errors.

    Raises MessageError for the first thing that is wrong.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    start = text.lstrip()
    if start[:1] in ("{", "["):
        return tuple(read_json(text, name))
    if start[:1] == "<":
        head = start[:4096].lower()
        if "<html" in head or "<!doctype html" in head:
            reason = "a web page, not a message: look at what the source answered"
            raise message_error(name, Fault(1, reason, _EXPECTED), start[:200])
        # A declaration of XML must be the first thing in its text.
        return tuple(read_xml(start, name))
    if not start:
        raise message_error(name, Fault(1, "the file is empty", _EXPECTED), "")
    return tuple(read_kvn(text, name))
