"""The synthetic scenario against its truth: precision and recall of each class.

Stated before any result was seen: the public files are the history, so objects that only the
trilateral source has are left out; until the demonstration, only
the sets that are known by then. A truth event is found by an event of its pair that overlaps it
in time; where several do, by the one of the highest score. Recall of a class is the share of its
truth events found with that class; a designed conjunction (class chance), fast as it is, is right
too when `rpo` has no event of it. Precision of a class is the share of right ones among events of
that class that are shown (verdict not none) or whose pair is in the truth. Of pairs that the
truth does not have, those of the classes `formation`, `co-location`, `slow-chance` and `chance` are
counted apart: the background's neighbours are just that.
"""

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from rpo_command import Document, ask, day_of, is_flagged, overlaps
from rpo_sets import ROOT, read

from sda.elements import OmmFormat, write_omm

SCENARIO = ROOT / "tle_samples/scenario"
OPERATIONS = {"merged", "release", "servicing", "loiter", "inspection-fly-by", "shadow"}
HARMLESS = {"formation", "co-location", "slow-chance", "chance"}
Truth = dict[str, Any]


def scenario(options: Sequence[str], until_demo: bool, config: Path | None) -> dict[str, object]:
    """Run the scenario and print the figures."""
    truth = json.loads((SCENARIO / "truth.json").read_text(encoding="utf-8"))
    begin, end = day_of(truth["start_utc"]), day_of(truth["end_utc"])
    if until_demo:
        end = day_of(truth["demo"]["at_utc"]) + timedelta(hours=truth["demo"]["hours"])
    with tempfile.TemporaryDirectory() as name:
        history = SCENARIO / "public"
        if until_demo:
            history = known_by(truth["demo"]["at_utc"], Path(name))
        answer = ask([history], begin, (end - begin).days, *options, config=config)
    hidden = set(truth["only_trilateral"])
    visible = [
        one
        for one in truth["events"]
        if not hidden & set(one["norad_ids"]) and day_of(one["start_utc"]) < end
    ]
    print(
        f"{begin} to {end}: {len(answer.events)} events, {len(visible)} of {len(truth['events'])} "
        f"true ones visible, {answer.wall_s:.0f} s, peak {answer.peak_mib:.0f} MiB\n"
    )
    pairs = [match(one, answer.of(*one["norad_ids"]), end) for one in visible]
    print_matches(visible, pairs)
    figures = classes(visible, pairs, answer.events)
    operations(visible, pairs, answer.flagged)
    return {"classes": figures, "events": answer.events}


def known_by(when: str, folder: Path) -> Path:
    """Write the public sets whose epoch is not after a time, and return the file."""
    limit = datetime.fromisoformat(when)
    sets = [one for one in read([SCENARIO / "public"]) if one.epoch <= limit]
    path = folder / "known.omm.json"
    path.write_text(write_omm(sets, OmmFormat.JSON), encoding="utf-8")
    return path


def match(truth: Truth, found: Sequence[Document], end: date) -> Document | None:
    """Return the event that a true one is found by."""
    begin, last = day_of(truth["start_utc"]), min(end, day_of(truth["end_utc"]))
    return next((event for event in found if overlaps(event, begin, last)), None)


def print_matches(truths: Sequence[Truth], found: Sequence[Document | None]) -> None:
    """Print what each true event was found as."""
    print("| truth | class | found as | verdict | score | declared | actor |")
    print("|---|---|---|---|---|---|---|")
    for one, event in zip(truths, found, strict=True):
        if event is None:
            print(f"| {one['event_id']} | {one['class']} | | | | | |")
            continue
        declared = "right" if event["declared"] == one["declared"] else f"not {one['declared']}"
        actor = "right" if event["actor_norad_id"] == one["actor_norad_id"] else "differs"
        cells = (event["class"], event["verdict"], event["score"], declared, actor)
        print(f"| {one['event_id']} | {one['class']} | {' | '.join(map(str, cells))} |")
    print()


def classes(
    truths: Sequence[Truth], found: Sequence[Document | None], events: Sequence[Document]
) -> dict[str, dict[str, float]]:
    """Print and return precision and recall of each class."""
    true, right, told = Counter[str](), Counter[str](), Counter[str]()
    correct, apart = Counter[str](), Counter[str]()
    of_pair = defaultdict(list)
    for one, event in zip(truths, found, strict=True):
        true[one["class"]] += 1
        of_pair[tuple(sorted(one["norad_ids"]))].append(one)
        missing = event is None and one["class"] == "chance"
        right[one["class"]] += missing or (event is not None and event["class"] == one["class"])
    for event in events:
        kind = event["class"]
        known = [
            one
            for one in of_pair.get((event["norad_id_1"], event["norad_id_2"]), [])
            if overlaps(event, day_of(one["start_utc"]), day_of(one["end_utc"]))
        ]
        if not known and kind in HARMLESS:
            apart[kind] += event["verdict"] != "none"
        elif known or event["verdict"] != "none":
            told[kind] += 1
            correct[kind] += any(one["class"] == kind for one in known)
    print("| class | true | recall | told | precision | shown, not in the truth |")
    print("|---|---|---|---|---|---|")
    figures = {}
    for kind in sorted(set(true) | set(told) | set(apart)):
        recall = right[kind] / true[kind] if true[kind] else float("nan")
        precision = correct[kind] / told[kind] if told[kind] else float("nan")
        figures[kind] = {"recall": recall, "precision": precision}
        print(
            f"| {kind} | {true[kind]} | {recall:.2f} | {told[kind]} | {precision:.2f} "
            f"| {apart[kind]} |"
        )
    slow = {kind: n for kind, n in true.items() if kind != "chance"}
    got = sum(right[kind] for kind in slow)
    print(
        f"\nall classes {sum(right.values())} of {sum(true.values())} right, without the designed "
        f"conjunctions {got} of {sum(slow.values())}\n"
    )
    return figures


def operations(
    truths: Sequence[Truth], found: Sequence[Document | None], flagged: Sequence[Document]
) -> None:
    """Print precision and recall of what is flagged, as operations of whatever class."""
    sought = [
        (one, event) for one, event in zip(truths, found, strict=True) if one["class"] in OPERATIONS
    ]
    got = sum(event is not None and is_flagged(event) for _, event in sought)
    pairs = {tuple(sorted(one["norad_ids"])) for one, _ in sought}
    false = [e for e in flagged if (e["norad_id_1"], e["norad_id_2"]) not in pairs]
    print(f"operations flagged {got} of {len(sought)}; flagged {len(flagged)}, false {len(false)}")
    for event in false:
        print(
            f"  {event['event_id']} {event['name_1']} / {event['name_2']} {event['class']} "
            f"{event['score']:g}"
        )
