"""The known pairs: each row of events.csv, and controls, each by a run of its own.

Stated before any result was seen:

- Expected. The kinds formation flying, conjunction and collision, and USA 276's passage of the
  ISS, are controls: not flagged. All others: flagged. Two formations that moved by manoeuvre while
  the row lasts (PRISMA, SJ-6 05, "either") may be found either way.
- Window. The row's own dates (a month or year named alone is meant whole, no end is the last set);
  of these, from the first to the last day on which both objects have a valid set. Where there is
  no such day the dates are widened by 62 days, two monthly snapshots, at both ends ("widened").
- History. All sets whose epoch is before the end of the window: what could be known then. They are
  those of element-sets.csv.gz and cases.json and, of the same objects, of the full catalogues.
- Seen. A pair is expected only where on some day of the window its range is within reach (LEO
  100 km, else 200 km) and its Hill speed is then under 20 m/s. What cannot be seen is listed, and
  is neither found nor missed.
- Family. FAMILIES says which classes are right for a kind. `co-location` is not right for an
  inspector that came to stay: it is the word for slot mates.
- Later. Where the pair is seen over more than 60 days, the last 14 of these are asked for alone:
  the event must still be flagged, and have the same id.
"""

import re
import tempfile
from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from rpo_command import Answer, CommandError, Document, ask, is_flagged
from rpo_sets import (
    CATALOGUES,
    EARLIER,
    KNOWN,
    Meeting,
    Sky,
    cases,
    events,
    midnight,
    read,
    renumbered,
    write,
)

from sda.model import ElementSet

AT_CLIENT = {"merged", "servicing", "loiter"}
FAMILIES = {
    "docking": AT_CLIENT,
    "refuelling": AT_CLIENT,
    "servicing": AT_CLIENT | {"release", "inspection-fly-by"},
    "co-location": {"loiter", "inspection-fly-by", "drift-by"},
    "inspection": {"loiter", "inspection-fly-by", "shadow", "servicing"},
    "fly-by": {"inspection-fly-by", "drift-by"},
    "sub-satellite release": {"release"},
    "formation flying": {"formation"},
    "conjunction": {"chance", "slow-chance"},
    "collision": {"chance", "slow-chance"},
}
CONTROL_KINDS = {"formation flying", "conjunction", "collision"}
CONTROL_ROWS = {"59"}
EITHER_ROWS = {"49", "56"}
WIDENED = timedelta(days=62)
LONG = timedelta(days=60)
LATER = timedelta(days=14)
OPEN_END = date(2026, 8, 31)
TWIN, TWIN_NAME = 38334, "TWIN"


@dataclass(frozen=True, slots=True)
class Row:
    """One pair, what is expected of it, and when."""

    row: str
    event: str
    kind: str
    first: int | None
    second: int | None
    begin: date
    end: date
    expected: str
    """flag, quiet or either."""
    visible: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row."""

    row: Row
    seen: str = ""
    state: str = ""
    """found, missed, quiet, alarm, allowed, unseen, no sets, or failed."""
    begin: date | None = None
    end: date | None = None
    verdict: str = ""
    score: float | None = None
    event_class: str = ""
    family: str = ""
    declared: bool | None = None
    rank: str = ""
    event_id: str = ""
    min_range_km: float | None = None
    gate: str = ""
    n_events: int = 0
    later: str = ""
    told: str = ""


def rows() -> list[Row]:
    """Return the rows of events.csv."""
    found = []
    for line in events():
        control = line["kind"] in CONTROL_KINDS or line["event_id"] in CONTROL_ROWS
        expected = "either" if line["event_id"] in EITHER_ROWS else "quiet" if control else "flag"
        begin, end = line["start_utc"], line["end_utc"]
        found.append(
            Row(
                line["event_id"],
                line["event"],
                line["kind"],
                int(line["chaser_norad"]) if line["chaser_norad"] else None,
                int(line["target_norad"]) if line["target_norad"] else None,
                whole(begin)[0],
                whole(end)[1] if end else OPEN_END,
                expected,
                line["visible_in_local_data"],
            )
        )
    return found


def whole(text: str) -> tuple[date, date]:
    """Return the first and the last day of a day, month or year."""
    year, month, day = (int(part) if part else 0 for part in (*text[:10].split("-"), "", "")[:3])
    if day:
        return date(year, month, day), date(year, month, day)
    last = month or 12
    return date(year, month or 1, 1), date(year, last, monthrange(year, last)[1])


def seen_of(sky: Sky, row: Row) -> tuple[list[Meeting], bool]:
    """Return the days on which a pair can be seen, and whether the dates were widened for it."""
    if row.first is None or row.second is None:
        return [], False
    seen = sky.meetings(row.first, row.second, row.begin, row.end)
    if seen:
        return seen, False
    wide = sky.meetings(row.first, row.second, row.begin - WIDENED, row.end + WIDENED)
    return wide, True


def outcome(
    sky: Sky, row: Row, folder: Path, options: Sequence[str], config: Path | None
) -> Outcome:
    """Run the command for a row, and say what became of it."""
    seen, widened = seen_of(sky, row)
    if not seen:
        numbers = (row.first, row.second)
        sets = ", ".join(f"{n or '?'}: {len(sky.tracks.get(n or 0, []))} sets" for n in numbers)
        return Outcome(row, sets, "no sets")
    near = [one for one in seen if one.near]
    text = f"{len(near)}/{len(seen)} d {min(one.min_range_km for one in seen):.1f} km"
    given = Outcome(row, text + " widened" * widened, "unseen", seen[0].day, seen[-1].day)
    if row.expected == "flag" and not near:
        return given
    try:
        answer = asked(sky, folder, seen[0].day, seen[-1].day, options, config)
        given = judged(given, answer)
        if near and near[-1].day - near[0].day > LONG:
            last = near[-1].day
            later = asked(sky, folder, last - LATER, last, options, config)
            given = replace(given, later=compared(given, later))
    except CommandError as failure:
        return replace(given, state="failed", told=str(failure))
    return given


def asked(
    sky: Sky,
    folder: Path,
    begin: date,
    end: date,
    options: Sequence[str],
    config: Path | None,
) -> Answer:
    """Run the command over a span of days with the sets known by its end."""
    until = end + timedelta(days=1)
    history = write(sky.until(midnight(until)), folder / "known.3le")
    return ask([history], begin, (until - begin).days, *options, config=config)


def judged(given: Outcome, answer: Answer) -> Outcome:
    """Put an answer beside what was expected."""
    row = given.row
    found = answer.of(row.first or 0, row.second or 0)
    flagged = bool(found) and is_flagged(found[0])
    state = {
        ("flag", True): "found",
        ("flag", False): "missed",
        ("quiet", True): "ALARM",
        ("quiet", False): "quiet",
    }.get((row.expected, flagged), "flagged" if flagged else "quiet")
    if not found:
        return replace(given, state=state, verdict="no event")
    best: Document = found[0]
    right = best["class"] in FAMILIES.get(row.kind, ())
    return replace(
        given,
        state=state,
        verdict=best["verdict"],
        score=best["score"],
        event_class=best["class"],
        family="right" if right else "wrong",
        declared=best["declared"],
        rank=f"{answer.rank(best)}/{len(answer.events)}",
        event_id=best["event_id"],
        min_range_km=best["min_range_km"],
        gate=best.get("gate") or "",
        n_events=len(found),
    )


def compared(given: Outcome, later: Answer) -> str:
    """Return how the pair stands in the last days alone."""
    found = later.of(given.row.first or 0, given.row.second or 0)
    if not found:
        return "no event"
    same = "same id" if found[0]["event_id"] == given.event_id else found[0]["event_id"]
    return f"{found[0]['verdict']} {found[0]['score']:g} {found[0]['class']}, {same}"


def extra_controls(sky: Sky) -> tuple[Sky, list[Row]]:
    """Return more controls, and the sky with the mis-tagged twin that is made for them.

    The twin has the orbit of a stage for three snapshots, then that of ORS-5 under its own number,
    as 38334 had from 2022 on. TH-2 and the ISS orbit filed as MEV-1's are real.
    """
    sets = [one for track in sky.tracks.values() for one in track if one.norad_id != TWIN]
    switch = date(2025, 4, 10)
    stage = [one for one in sky.tracks.get(36597, []) if one.epoch < midnight(switch)]
    sensor = [one for one in sky.tracks.get(42921, []) if one.epoch >= midnight(switch)]
    sets += [renumbered(one, TWIN, TWIN_NAME, "2012-025F") for one in (*stage, *sensor)]
    year = (date(2025, 2, 1), date(2025, 8, 12))
    february = (date(2020, 2, 20), date(2020, 3, 5))
    january = (date(2025, 1, 10), date(2025, 1, 14))

    def control(
        row: str, event: str, kind: str, pair: tuple[int, int], span: Sequence[date]
    ) -> Row:
        return Row(row, event, kind, *pair, span[0], span[1], "quiet", "yes")

    return Sky(sets), [
        control("A", "TH-2 01A/01B", "formation flying", (44207, 44209), year),
        control("B", "TH-2 02A/02B", "formation flying", (49071, 49072), year),
        control("C", "ORS-5 and a twin filed as another", "mis-tag", (42921, TWIN), year),
        control("D", "MEV-1 with the ISS's orbit", "mis-tag", (44625, 25544), february),
        control("E", "Swarm A/C", "formation flying", (39451, 39452), year),
        control("F", "Astra 1KR/1P", "formation flying", (29055, 60086), year),
        control("G", "Hotbird 13F/13G", "formation flying", (54048, 54225), year),
        control("H", "Galaxy 31 and IS-40e, 91W", "formation flying", (54244, 56174), year),
        control("I", "IS-33E debris passes BSAT-4B", "conjunction", (46112, 61998), january),
        control("J", "Sun-synchronous neighbours", "conjunction", (59510, 60562), january),
        control("K", "RCM-3 and TH-5D", "conjunction", (44323, 60212), january),
    ]


def known_sky(more: Sequence[int]) -> Sky:
    """Return the sets of the objects of events.csv, and of some more from the catalogues."""
    given: list[ElementSet] = [*read([KNOWN]), *cases()]
    wanted = {one.norad_id for one in given} | set(more)
    wanted |= {n for row in rows() for n in (row.first, row.second) if n is not None}
    catalogues = read([*EARLIER, *CATALOGUES])
    return Sky([*given, *(one for one in catalogues if one.norad_id in wanted)])


HEADINGS = (
    "row | pair | kind | visible | seen: days near of days, least | expected | state | verdict | "
    "score | class | family | declared | rank | km | event | later"
)


def line_of(given: Outcome) -> str:
    """Return one row of the table."""
    row = given.row
    cells = (
        row.row,
        row.event,
        row.kind,
        row.visible,
        given.seen,
        row.expected,
        given.state,
        given.verdict + (f" [{given.gate}]" if given.gate else ""),
        "" if given.score is None else f"{given.score:g}",
        given.event_class,
        given.family,
        "" if given.declared is None else "yes" if given.declared else "no",
        given.rank,
        "" if given.min_range_km is None else f"{given.min_range_km:.2f}",
        given.event_id + (f" of {given.n_events}" if given.n_events > 1 else ""),
        given.later or given.told,
    )
    return " | ".join(re.sub(r"\|", "/", cell) for cell in cells)


def known(
    only: Sequence[str], options: Sequence[str], config: Path | None
) -> list[dict[str, object]]:
    """Print the table of the known pairs; return it."""
    controls = (44207, 44209, 49071, 49072, 42921, 36597, 39451, 39452, 29055, 60086, 54048)
    more = (54225, 54244, 56174, 46112, 61998, 59510, 60562, 44323, 60212)
    sky, extra = extra_controls(known_sky([*controls, *more]))
    print(HEADINGS)
    print("|".join(["---"] * (1 + HEADINGS.count("|"))))
    outcomes = []
    with tempfile.TemporaryDirectory() as name:
        for row in (*rows(), *extra):
            if only and row.row not in only:
                continue
            outcomes.append(outcome(sky, row, Path(name), options, config))
            print(line_of(outcomes[-1]), flush=True)
    summary(outcomes)
    return [{**asdict(one), "row": one.row.row, "event": one.row.event} for one in outcomes]


def summary(outcomes: Sequence[Outcome]) -> None:
    """Print the counts."""
    counts = Counter((one.row.expected, one.state) for one in outcomes)
    print("\n" + "; ".join(f"{expected}: {state} {n}" for (expected, state), n in counts.items()))
    sought = [one for one in outcomes if one.state in ("found", "missed")]
    found = [one for one in sought if one.state == "found"]
    right = [one for one in found if one.family == "right"]
    probable = [one for one in found if one.verdict == "probable"]
    print(
        f"seen and expected {len(sought)}, flagged {len(found)}, of these probable "
        f"{len(probable)}, right family {len(right)}"
    )
