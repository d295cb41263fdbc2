"""Read and write two-line and three-line element sets, with Alpha-5 catalogue numbers.

Columns are those of Spacetrack Report 3 and of the Space-Track documentation. Real archives
leave out checksums, pad numbers with blanks or zeros, sign zeros with a plus and add columns
behind the 69th; all that is read. A checksum that is there and wrong is refused: it is the
only guard that the format has, and of a million lines of real archives only ten, all of one
amateur source, fail it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from sda.elements.alpha5 import from_alpha5, to_alpha5
from sda.elements.validity import MalformedError, Reject, require_usable, shorten
from sda.errors import ElementError
from sda.model import ElementSet

__all__ = ["element_set_of_lines", "read_tle", "write_3le", "write_tle"]

LINE_1: Final = "1 NNNNNC NNNNNAAA NNNNN.NNNNNNNN +.NNNNNNNN +NNNNN-N +NNNNN-N N NNNNN"
LINE_2: Final = "2 NNNNN NNN.NNNN NNN.NNNN NNNNNNN NNN.NNNN NNN.NNNN NN.NNNNNNNNNNNNNN"
_BOTH: Final = f"{LINE_1} / {LINE_2}"

_FIRST_YEAR: Final = 57
"""Two-digit years from 57 on lie in the 1900s: Sputnik 1 flew in 1957."""
_TICK: Final = timedelta(microseconds=864)
"""Resolution of a TLE epoch: 1e-8 day, an exact number of microseconds."""
_TICKS_PER_DAY: Final = 10**8

_WEIGHTS: Final = bytes(c - 48 if 48 <= c <= 57 else int(c == 45) for c in range(256))
_WEIGHTLESS: Final = bytes(c for c in range(256) if not _WEIGHTS[c])

_YEARS: Final = [
    datetime(year + (1900 if year >= _FIRST_YEAR else 2000), 1, 1, tzinfo=UTC)
    for year in range(100)
]


def read_tle(text: str, name: str, source: str) -> tuple[list[ElementSet], list[Reject]]:
    """Read TLE or 3LE text.

    Each line that is not blank or a `#` comment ends up in a set, as its name, or in a reject.
    """
    sets: list[ElementSet] = []
    rejects: list[Reject] = []
    title = line_1 = ""
    title_at = line_1_at = 0

    def refuse(at: int, line: str, fault: MalformedError) -> None:
        rejects.append(Reject(name, at, fault.reason, fault.expected, shorten(line)))

    for at, line in enumerate(text.split("\n"), 1):
        start = line[:2]
        if start == "2 " and line_1:
            try:
                sets.append(element_set_of_lines(title, line_1, line, source))
            except MalformedError as fault:
                at_fault = line if fault.expected == LINE_2 else line_1
                refuse(at if at_fault is line else line_1_at, at_fault, fault)
            title = line_1 = ""
            continue
        if not line or line.isspace() or start[0] == "#":
            continue
        if line_1:
            refuse(line_1_at, line_1, MalformedError("line 1 has no line 2 after it", _BOTH))
            title = line_1 = ""
        if start == "1 ":
            line_1, line_1_at = line, at
            continue
        if title:
            refuse(
                title_at, title, MalformedError("not an element set, nor the name of one", _BOTH)
            )
            title = ""
        if start == "2 ":
            refuse(at, line, MalformedError("line 2 has no line 1 before it", _BOTH))
        else:
            title, title_at = line, at
    if line_1:
        refuse(line_1_at, line_1, MalformedError("line 1 has no line 2 after it", _BOTH))
    elif title:
        refuse(title_at, title, MalformedError("not an element set, nor the name of one", _BOTH))
    return sets, rejects


def element_set_of_lines(title: str, one: str, two: str, source: str) -> ElementSet:
    """Return the set of two lines and their title line.

    Raises MalformedError whose `expected` is the template of the line at fault.
    """
    try:
        _require_columns(one, 1, one[23:24] + one[34:35], "..")
        blanks = one[8:9] + one[17:18] + one[32:33] + one[43:44] + one[52:53] + one[61:62]
        if not blanks.isspace() or one[63] != " ":
            raise ElementError("characters stand in columns that must be blank")
        number = one[2:7]
        epoch = _epoch(one[18:32])
        ephemeris_type = one[62]
        dot = float(one[33:43])
        ddot, bstar = _exponent(one[44:52]), _exponent(one[53:61])
        set_no = one[64:68]
        norad_id = int(number) if number.isdigit() else from_alpha5(number)
        object_id = _object_id(one[9:17])
        kind = 0 if ephemeris_type == " " else int(ephemeris_type)
        element_set_no = 0 if set_no == "    " else int(set_no)
    except MalformedError:
        raise
    except ValueError as fault:
        raise MalformedError(f"line 1: {fault}", LINE_1) from None
    try:
        points = two[11:12] + two[20:21] + two[37:38] + two[46:47] + two[54:55]
        _require_columns(two, 2, points, ".....")
        blanks = two[7:8] + two[16:17] + two[25:26] + two[33:34] + two[42:43] + two[51:52]
        if not blanks.isspace():
            raise ElementError("characters stand in columns that must be blank")
        if two[2:7] != number and from_alpha5(two[2:7]) != norad_id:
            raise ElementError(f"catalogue number {two[2:7]!r} is not line 1's {number!r}")
        inclination, node = float(two[8:16]), float(two[17:25])
        eccentricity = int(two[26:33].replace(" ", "0")) / 1e7
        pericenter, anomaly = float(two[34:42]), float(two[43:51])
        mean_motion, rev = float(two[52:63]), two[63:68]
        rev_at_epoch = 0 if rev == "     " else int(rev)
    except MalformedError:
        raise
    except ValueError as fault:
        raise MalformedError(f"line 2: {fault}", LINE_2) from None
    return require_usable(
        ElementSet(
            norad_id,
            _name(title),
            object_id,
            epoch,
            mean_motion,
            eccentricity,
            inclination,
            node,
            pericenter,
            anomaly,
            bstar,
            dot,
            ddot,
            "U" if one[7] == " " else one[7],
            kind,
            element_set_no,
            rev_at_epoch,
            source,
        )
    )


def _require_columns(line: str, number: int, points: str, expected: str) -> None:
    """Refuse a line that is short, shifted, not ASCII or whose checksum is there and wrong."""
    if len(line) < 68:
        raise ElementError(f"{len(line)} columns long, 68 or 69 needed")
    if points != expected:
        raise ElementError("decimal points are not in their columns")
    if not line.isascii() or "_" in line:
        raise ElementError("a character that no element set has")
    check = line[68:69]
    if check.isdigit():
        checksum = _checksum(line)
        if int(check) != checksum:
            raise ElementError(f"checksum {check} where the columns give {checksum}")
        if not line[69:70].strip():
            return
        raise ElementError("more than 69 columns without a blank")
    if check.strip():
        raise ElementError(f"checksum {check!r} is not a digit")


def _checksum(line: str) -> int:
    """Return the sum of the digits of 68 columns, a minus counting 1, modulo 10."""
    return sum(line[:68].encode().translate(_WEIGHTS, _WEIGHTLESS)) % 10


def _epoch(columns: str) -> datetime:
    """Return the time of `YYDDD.DDDDDDDD`, exact to the microsecond."""
    fraction = columns[6:]
    ticks = fraction if fraction.isdigit() else fraction.rstrip().ljust(8, "0")
    if not ticks.isdigit():
        raise ElementError(f"epoch {columns!r} is not a day of a year")
    return _day(columns[:5]) + timedelta(0, 0, int(ticks) * 864)


# A catalogue has few days, and a history few names and designators: each is made once.
@lru_cache(1 << 12)
def _day(columns: str) -> datetime:
    """Return the midnight that `YYDDD` names."""
    start = _YEARS[int(columns[:2])]
    day = start + timedelta(int(columns[2:]) - 1)
    if day.year != start.year:
        raise ElementError(f"day {columns!r} lies outside its year")
    return day


@lru_cache(1 << 16)
def _name(title: str) -> str:
    """Return the name on a title line, with the `0 ` prefix or without."""
    return (title[2:] if title[:2] == "0 " else "" if title == "0" else title).strip()


_ZEROS: Final = frozenset({" 00000-0", " 00000+0", "+00000-0", "+00000+0", "        "})


def _exponent(columns: str) -> float:
    """Return the value of `+NNNNN-N`: a mantissa behind a point that is not written."""
    if columns in _ZEROS:
        return 0.0
    sign, mantissa, exponent = columns[0], columns[1:6].replace(" ", "0"), columns[6:].strip()
    if not mantissa.isdigit() or sign not in " +-" or (exponent[:1] not in ("+", "-")):
        if mantissa == "00000" and exponent == "0":
            return 0.0
        raise ElementError(f"{columns!r} is not a number with an exponent")
    return float(f"{sign.strip()}.{mantissa}e{exponent}")


@lru_cache(1 << 16)
def _object_id(columns: str) -> str:
    """Return `1998-067A` for `98067A  `; a designator of another form is kept as it is."""
    if columns[:5].isdigit():
        century = 19 if int(columns[:2]) >= _FIRST_YEAR else 20
        return f"{century}{columns[:2]}-{columns[2:5]}{columns[5:].strip()}"
    return columns.strip()


def write_tle(e: ElementSet) -> tuple[str, str]:
    """Return lines 1 and 2 of a set, rounded to the columns.

    The counters wrap at their width, as they do at the source. Raises ElementError where the
    format cannot hold the set: a number above 339999, an epoch outside 1957 to 2056.
    """
    number = to_alpha5(e.norad_id)
    head = f"1 {number}{_one_column(e.classification)} {_designator(e):8s} {_epoch_columns(e)} "
    one = (
        f"{head}{_dot_columns(e)} {_exponent_columns(e.mean_motion_ddot_rev_day3, e)} "
        f"{_exponent_columns(e.bstar_per_earth_radius, e)} {_one_column(str(e.ephemeris_type))} "
        f"{e.element_set_no % 10_000:4d}"
    )
    # Rounding up to 1 would make the orbit a parabola.
    eccentricity = min(round(e.eccentricity * 1e7), 9_999_999)
    mean_motion = f"{e.mean_motion_rev_day:11.8f}"
    if len(mean_motion) != 11 or not float(mean_motion):
        raise _too_wide(e, "mean motion", e.mean_motion_rev_day)
    two = (
        f"2 {number} {e.inclination_deg:8.4f} {_angle(e.ra_of_asc_node_deg)} {eccentricity:07d} "
        f"{_angle(e.arg_of_pericenter_deg)} {_angle(e.mean_anomaly_deg)} {mean_motion}"
        f"{e.rev_at_epoch % 100_000:5d}"
    )
    return f"{one}{_checksum(one)}", f"{two}{_checksum(two)}"


def write_3le(elements: Iterable[ElementSet], zero_prefix: bool = True) -> str:
    """Return three-line text of sets, names with the `0 ` prefix or without.

    Without the prefix a nameless set has two lines, and a name that would be taken for
    another kind of line keeps it.
    """
    return "".join(f"{line}\n" for e in elements for line in _three(e, zero_prefix))


def _three(e: ElementSet, zero_prefix: bool) -> Iterator[str]:
    name = " ".join(e.name.split())
    if zero_prefix or name[:2] in ("0", "0 ", "1 ", "2 ") or name[:1] == "#":
        yield f"0 {name}".rstrip()
    elif name:
        yield name
    yield from write_tle(e)


def _too_wide(e: ElementSet, what: str, value: object) -> ElementError:
    return ElementError(f"{what} {value} of {e.norad_id} does not fit a TLE: write an OMM")


def _one_column(text: str) -> str:
    if len(text) != 1 or not text.isascii():
        raise ElementError(f"{text!r} does not fit one column of a TLE: write an OMM")
    return text


def _designator(e: ElementSet) -> str:
    """Return `98067A` for `1998-067A`."""
    year, dash, rest = e.object_id.partition("-")
    if dash and year.isdigit() and 1957 <= int(year) <= 2056 and rest[:3].isdigit():
        short = year[2:] + rest
    else:
        short = e.object_id
    if len(short) > 8 or not short.isascii():
        raise _too_wide(e, "designator", e.object_id)
    return short


def _epoch_columns(e: ElementSet) -> str:
    start = _YEARS[0].replace(year=e.epoch.astimezone(UTC).year)
    # Half a tick up, in integers; the carry may reach the next year.
    epoch = start + (e.epoch - start + _TICK / 2) // _TICK * _TICK
    if not 1957 <= epoch.year <= 2056:
        raise _too_wide(e, "epoch", e.epoch.isoformat())
    since = epoch - epoch.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    day, ticks = divmod(since // _TICK, _TICKS_PER_DAY)
    return f"{epoch.year % 100:02d}{day + 1:03d}.{ticks:08d}"


def _dot_columns(e: ElementSet) -> str:
    value = e.mean_motion_dot_rev_day2
    digits = f"{abs(value):.8f}"
    if digits[0] != "0" or digits[1] != ".":
        raise _too_wide(e, "mean motion dot", value)
    sign = "-" if value < 0.0 and float(digits) else " "
    return f"{sign}{digits[1:]}"


def _exponent_columns(value: float, e: ElementSet) -> str:
    """Return ` 46196-3` for 0.46196e-3; what lies below 1e-14 rounds to zero."""
    mantissa, _, power = f"{abs(value):.4e}".partition("e")
    exponent = int(power) + 1
    digits = mantissa.replace(".", "")
    if exponent < -9:
        digits, exponent = f"{round(abs(value) * 1e14):05d}", -9
    if not int(digits):
        return " 00000-0"
    if exponent > 9:
        raise _too_wide(e, "drag term", value)
    sign = "-" if value < 0.0 else " "
    return f"{sign}{digits}{exponent:+d}" if exponent else f"{sign}{digits}-0"


def _angle(degrees: float) -> str:
    columns = f"{degrees % 360.0:8.4f}"
    return "  0.0000" if columns == "360.0000" else columns
