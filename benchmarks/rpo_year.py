"""The eight full catalogues of 2025 as one history, February to August.

Stated before any result was seen:

- An event counts at a snapshot if its trend has a day from 3 days before to 5 days after the
  catalogue's date; it is flagged there if one of these days is.
- Controls are told by name (CONTROLS): both objects of a pair belong to the same group.
- EXPECTED lists pairs that the element sets show by the criteria of rpo_criteria.md, found by a
  search around the objects known to do such things, not by the code that is measured. "must" are
  the pairs that the task names, "should" have all that the criteria ask, "may" are doubtful: either
  answer is right, and is argued.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from rpo_command import Answer, Document, ask, day_of, is_flagged, score
from rpo_dossier import dossier
from rpo_sets import CATALOGUES, EARLIER, Sky, read

START, END = date(2025, 2, 1), date(2025, 8, 13)
DATES = tuple(date.fromisoformat(path.name[5:15]) for path in CATALOGUES)
BEFORE, AFTER = timedelta(days=3), timedelta(days=5)
TOP = 30
JUDGEMENTS = Path(__file__).with_name("rpo_judgements.csv")

EXPECTED = (
    (49330, 62485, "must", "SJ-21/SJ-25: 104 km June, 0.4 km July, 0.2 km August"),
    (44476, 55841, "must", "Intelsat 39/Luch-5X: from 03-29, 1 to 86 km"),
    (62902, 62903, "must", "Cosmos 2581/2582: 7 km 03-03, 0.2 km 03-31, 11 km 04-29, 1 km 07-07"),
    (62902, 62904, "must", "Cosmos 2581/2583: 0.2 km 06-17, 3 km 07-07, 0.6 km 08-08"),
    (62903, 62904, "must", "Cosmos 2582/2583: 4 km 07-07, 77 km 08-08"),
    (62904, 63330, "should", "Cosmos 2583/Object F that it released: 1 km 04-29, 0.1 km 05-23"),
    (28358, 55841, "should", "Intelsat 10-02/Luch-5X: 2 km 02-02, gone by 03-02"),
    (46113, 55841, "should", "MEV-2, docked to Intelsat 10-02/Luch-5X: the same visit"),
    (28358, 46113, "should", "Intelsat 10-02/MEV-2: docked since 2021"),
    (26824, 44625, "should", "Intelsat 901/MEV-1: docked until April, apart by 05-22"),
    (35756, 44625, "should", "Optus D3/MEV-1: 8 km 05-23, 1 km 06-17, docked 07-07"),
    (42950, 40258, "should", "Intelsat 37E/Luch at 18W: there since 2022"),
    (33500, 58992, "should", "ADRAS-J/H-2A stage: 34 km 07-07"),
    (62459, 62460, "should", "SpaDeX: docked until 03-13, 8 km 03-31, 97 km 06-17, 36 km 08-08"),
    (59779, 59780, "should", "Cosmos 2576's Objects G/H: 333 km 06-17, 7 km 07-07, 0.8 km 08-08"),
    (
        36108,
        37677,
        "should",
        "WGS F3/Chinasat 10: drift off together, 28 km, coplanar, 08-08",
    ),
    (60211, 60212, "may", "TH-5C/5D: 44 km 02-03, 0.4 km since 03-03: a formation set up late"),
    (44207, 44209, "may", "TH-2 01: 0.4 km, but 20 km 08-08: opened, or two sets that differ"),
    (35943, 57213, "may", "COMSATBW-1/H2Sat: moves 50 deg to it, 25 km 06-17; one operator"),
    (
        39017,
        44910,
        "may",
        "Chinasat 12/SJ-20: moves 15 deg to it by 04-29, 24 km, but 0.2 km/s",
    ),
    (28899, 32478, "may", "Inmarsat 4-F2/Express AM33: stops at it 02-03, 34 km, at 0.15 km/s"),
    (62256, 62258, "may", "PROBA-3: formation in HEO, 6 km 02-03"),
    (53323, 64627, "should", "Cosmos 2558/Object C that it released: 14 km 08-08"),
    (64467, 64527, "should", "Cosmos 2589/Object C in HEO: 1,383 km 07-07, 18 km 08-08"),
    (62876, 63157, "may", "QZS-6/TJS-15: 77 to 130 km, both new in their slots"),
    (50319, 44637, "may", "Inmarsat 6-F1/TJS-4: 99 to 226 km, slots side by side"),
    (36358, 50321, "may", "Raduga 1M-2/SY-12 01: passes at 60 km 02-03"),
    (50321, 55131, "may", "SY-12 01/SJ-23: passes at 114 km 08-08"),
)

VISITORS = (
    r"\bISS\b|ZARYA|NAUKA|POISK|PRICHAL|\bCSS\b|TIANHE|WENTIAN|MENGTIAN|SOYUZ|PROGRESS|DRAGON|CYGNUS|HTV|"
    "SHENZHOU|SZ-|TIANZHOU|STARLINER|AXIOM"
)
CONTROLS: Mapping[str, str] = {
    "stations and visitors": VISITORS,
    "O3B": "O3B",
    "Astra": "ASTRA",
    "Hotbird": "HOT ?BIRD",
    "Intelsat, Galaxy": "INTELSAT|GALAXY",
    "Eutelsat": "EUTELSAT|EUTE ",
    "SES, AMC, NSS": r"\bSES|AMC-|NSS|YAHSAT",
    "Directv, Echostar": "DIRECTV|ECHOSTAR|SPACEWAY",
    "Insat, Gsat": "GSAT|INSAT|CMS-|IRNSS",
    "Beidou": "BEIDOU",
    "Starlink": "STARLINK",
    "Oneweb": "ONEWEB",
    "Planet": "FLOCK|SKYSAT",
    "Spire": "LEMUR",
    "Iridium": "IRIDIUM",
    "Kuiper": "KUIPER",
    "Qianfan, Guowang": "QIANFAN|GUOWANG|HULIANWANG",
    "Swarm": "SPACEBEE",
    "Hawkeye": "HAWK",
    "Yaogan": "YAOGAN",
    "Jilin": "JILIN",
    "Iceye": "ICEYE",
    "Globalstar, Orbcomm": "GLOBALSTAR|ORBCOMM",
    "Gonets, Cosmos relays": "GONETS",
    "Navigation": "NAVSTAR|GLONASS|GALILEO|GSAT0",
    "GRACE-FO": "GRACE",
    "TerraSAR, TanDEM": "TERRASAR|TANDEM",
    "TH-2": "TIANHUI 2",
    "Swarm (ESA)": r"^SWARM",
    "MMS": r"^MMS ",
    "Piesat": "PIESAT",
    "LuTan": "LUTAN|LT-1|L-SAR",
}


def groups_of(event: Document) -> list[str]:
    """Return the groups of controls that both objects of an event belong to."""
    names = [str(event[key]).upper() for key in ("name_1", "name_2")]
    return [
        group
        for group, pattern in CONTROLS.items()
        if all(re.search(pattern, name) for name in names)
    ]


def verdict_at(event: Document, when: date) -> str | None:
    """Return the best verdict of an event around a date; None where it has no day there."""
    order = ("probable", "possible", "watch", "none")
    verdicts = {
        day["verdict"]
        for day in event["trend"]
        if when - BEFORE <= day_of(day["utc"]) <= when + AFTER
    }
    return next((verdict for verdict in order if verdict in verdicts), None)


def year(
    options: Sequence[str], folder: Path, as_of: bool, config: Path | None
) -> dict[str, object]:
    """Run the year, print what came of it, and write the dossiers."""
    paths = [*EARLIER, *CATALOGUES]
    answer = ask(paths, START, (END - START).days, *options, config=config)
    print(f"{len(answer.events)} events, {answer.wall_s:.0f} s, peak {answer.peak_mib:.0f} MiB\n")
    print_snapshots(answer)
    if as_of:
        print_as_of(options, config)
    top = sorted(answer.events, key=lambda event: -score(event))[:TOP]
    shown = {event["event_id"]: event for event in (*answer.flagged, *top)}
    print_events("Flagged", answer.flagged)
    print_events(f"The {TOP} highest", top)
    print_controls(answer)
    print_expected(answer)
    write_dossiers(list(shown.values()), folder)
    judge(answer, top)
    return {"events": answer.events, "wall_s": answer.wall_s, "peak_mib": answer.peak_mib}


def print_snapshots(answer: Answer) -> None:
    """Print how many are flagged at each snapshot, and how many pairs it has of each verdict."""
    print("| snapshot | near | watch | possible | probable | flagged |")
    print("|---|---|---|---|---|---|")
    flagged = []
    for when in DATES:
        counts = Counter(v for event in answer.events if (v := verdict_at(event, when)))
        flagged.append(counts["possible"] + counts["probable"])
        cells = (sum(counts.values()), *(counts[v] for v in ("watch", "possible", "probable")))
        print(f"| {when} | {' | '.join(map(str, cells))} | {flagged[-1]} |")
    verdicts = Counter(event["verdict"] for event in answer.events)
    print(f"\nflagged a snapshot {sum(flagged) / len(flagged):.2f}; in all {dict(verdicts)}\n")


def print_as_of(options: Sequence[str], config: Path | None) -> None:
    """Print what was flagged at each snapshot with the catalogues known by then alone."""
    print("| as of | flagged | pairs |\n|---|---|---|")
    counts = []
    for place, when in enumerate(DATES):
        begin = when - BEFORE
        known = [*EARLIER, *CATALOGUES[: place + 1]]
        found = ask(known, begin, (when + AFTER - begin).days, *options, config=config).flagged
        counts.append(len(found))
        pairs = ", ".join(f"{event['name_1']}/{event['name_2']}" for event in found)
        print(f"| {when} | {len(found)} | {pairs} |", flush=True)
    print(f"\nflagged a snapshot, as of then {sum(counts) / len(counts):.2f}\n")


def print_events(title: str, events: Sequence[Document]) -> None:
    """Print events, one a line, with their evidence."""
    print(f"## {title}: {len(events)}")
    for place, event in enumerate(events, 1):
        evidence = ", ".join(f"{one['name']} {one['points']:+g}" for one in event["evidence"])
        gate = f" gate {event['gate']}" if event.get("gate") else ""
        group = f" CONTROL {'/'.join(groups_of(event))}" if groups_of(event) else ""
        print(
            f"{place:3} {event['event_id']} {event['name_1']} / {event['name_2']}: "
            f"{event['score']:g} {event['verdict']} {event['class']}"
            f"{' declared' if event['declared'] else ''}{gate}{group}, "
            f"{day_of(event['start_utc'])} to {day_of(event['end_utc'])}, "
            f"{event['min_range_km']:.2f} km; {evidence}"
        )
    print()


def print_controls(answer: Answer) -> None:
    """Print the controls that met, and which of them are flagged."""
    print("| control | events | watch | flagged | which |\n|---|---|---|---|---|")
    met: dict[str, list[Document]] = {group: [] for group in CONTROLS}
    for event in answer.events:
        for group in groups_of(event):
            met[group].append(event)
    for group, events in met.items():
        watch = sum(event["verdict"] == "watch" for event in events)
        alarms = [event["event_id"] for event in events if is_flagged(event)]
        print(f"| {group} | {len(events)} | {watch} | {len(alarms)} | {', '.join(alarms)} |")
    print()


def print_expected(answer: Answer) -> None:
    """Print the expected pairs, with what was found of each."""
    print("| expected | pair | what | verdict | score | class | rank | event |")
    print("|---|---|---|---|---|---|---|---|")
    for first, second, how, what in EXPECTED:
        found = answer.of(first, second)
        if not found:
            print(f"| {how} | {first}/{second} | {what} | no event | | | | |")
        for event in found[:2]:
            cells = (event["verdict"], event["score"], event["class"], answer.rank(event))
            text = " | ".join(map(str, (*cells, event["event_id"])))
            print(f"| {how} | {first}/{second} | {what} | {text} |")
    print()


def write_dossiers(events: Sequence[Document], folder: Path) -> None:
    """Write the dossiers of events, by id."""
    sky = Sky(read([*EARLIER, *CATALOGUES]))
    texts = [
        f"## {event['event_id']}\n"
        + dossier(sky, event["norad_id_1"], event["norad_id_2"], (date(2024, 10, 31), *DATES))
        for event in sorted(events, key=lambda event: str(event["event_id"]))
    ]
    target = folder / "rpo_dossiers.md"
    target.write_text("\n\n".join(texts) + "\n", encoding="utf-8")
    print(f"dossiers of {len(texts)} events: {target}\n")


def judge(answer: Answer, top: Sequence[Document]) -> None:
    """Print the shares that the judgements call defensible."""
    if not JUDGEMENTS.exists():
        print(f"no judgements yet: {JUDGEMENTS}")
        return
    with JUDGEMENTS.open(newline="", encoding="utf-8") as file:
        judged = {line["pair"]: line for line in csv.DictReader(file)}
    probable = [event for event in answer.flagged if event["verdict"] == "probable"]
    for title, events in (("probable", probable), ("flagged", answer.flagged), ("top", top)):
        pairs = [f"{event['norad_id_1']}-{event['norad_id_2']}" for event in events]
        known = [judged[pair]["judgement"] for pair in pairs if pair in judged]
        yes = known.count("yes")
        print(
            f"{title}: {len(pairs)}, judged {len(known)}, defensible {yes} "
            f"({yes / max(1, len(pairs)):.0%}), doubtful {known.count('doubtful')}"
        )
        if missing := [pair for pair in pairs if pair not in judged]:
            print(f"  not judged: {' '.join(missing)}")
