"""Put a message together entry by entry, and tell in which line it went wrong.

KVN, XML and JSON differ in how their keywords are found; what is found comes together here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from sys import maxsize
from typing import Final, NoReturn

from sda.ccsds.cdm import Cdm, FaultyCdmError
from sda.ccsds.checks import VERSIONS, Fault, faults_of
from sda.ccsds.entry import Entry
from sda.ccsds.keywords import ALTERNATE, OF_SECTION, VERSION, Block, Section
from sda.elements.validity import shorten
from sda.errors import MessageError

__all__ = ["OBJECT_1", "OBJECT_2", "SHARED", "USER", "Assembly", "message_error"]

HEADER: Final = 0
RELATIVE: Final = 1
OBJECT_1: Final = 2
OBJECT_2: Final = 3
USER: Final = 4
"""Places of the sections in an assembly."""

SHARED: Final = frozenset(
    name for name in ALTERNATE if OF_SECTION[Section.OBJECT][name].block is Block.COVARIANCE
)
"""The keywords that the RTN matrix and the alternate covariance both have."""

_SECTIONS: Final = (
    (Section.HEADER, None),
    (Section.RELATIVE, None),
    (Section.OBJECT, 1),
    (Section.OBJECT, 2),
)


def message_error(name: str, fault: Fault, text: str) -> MessageError:
    """Return the error of a fault in a file, with the line at fault, shortened."""
    shown = shorten(text)
    tail = f": {shown}" if shown else ""
    where = f"{name}, line {max(fault.line, 1)}"
    return MessageError(f"{where}: {fault.reason}; expected {fault.expected}{tail}")


@dataclass(slots=True)
class Assembly:
    """A message in the making: its sections by place, and the comments before the next entry."""

    name: str
    version: str
    line: int
    """Where it starts."""
    text_of: Callable[[int], str]
    """Returns a line of the file."""
    places: tuple[list[Entry], ...] = field(default_factory=lambda: ([], [], [], [], []))
    pending: list[str] = field(default_factory=list)
    in_alternate: bool = False
    """Whether the last term that only one covariance has was one of the alternate."""

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            reason = f"{VERSION} {self.version!r} is not a version that is known"
            self.refuse(self.line, reason, f"{VERSION} = {' or '.join(VERSIONS)}")

    def add(
        self,
        place: int,
        keyword: str,
        value: str,
        unit: str | None,
        line: int,
        alternate: bool | None = None,
    ) -> None:
        """Add an entry with the comments that wait for it.

        Unless `alternate` tells it, a term that both covariances have is of the one before it.
        """
        comments: tuple[str, ...] = ()
        if self.pending:
            comments = tuple(self.pending)
            self.pending.clear()
        if alternate is None and place >= OBJECT_1 and keyword[0] == "C":
            if keyword in SHARED:
                alternate = self.in_alternate
            elif (spec := OF_SECTION[Section.OBJECT].get(keyword)) is not None:
                self.in_alternate = spec.block is Block.ALTERNATE
        self.places[place].append(Entry(keyword, value, unit, comments, line, bool(alternate)))

    def refuse(self, line: int, reason: str, expected: str) -> NoReturn:
        """Raise MessageError for a line that does not belong, or for what is wrong before it."""
        faults = [
            fault
            for (section, obj), entries in zip(_SECTIONS, self.places, strict=False)
            for fault in faults_of(entries, section, obj, maxsize)
        ]
        fault = min([Fault(line, reason, expected), *faults], key=attrgetter("line"))
        raise message_error(self.name, fault, self.text_of(fault.line))

    def finish(self) -> Cdm:
        """Return the message. Raises MessageError for the first thing that is wrong in it."""
        try:
            header, relative, object_1, object_2, user = map(tuple, self.places)
            closing = tuple(self.pending)
            return Cdm(self.version, header, relative, object_1, object_2, user, closing)
        except FaultyCdmError as error:
            fault = error.fault
            raise message_error(self.name, fault, self.text_of(fault.line)) from None
