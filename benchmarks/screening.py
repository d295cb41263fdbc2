"""Measure screening beside astroz.screen and the exhaustive search: time, memory, pairs missed.

    python benchmarks/screening.py [--quick] [--json PATH]

Each figure comes from a process of its own. Searches are timed warm, after a first small one.
astroz is timed on a `Constellation` that it has already built, which is the figure most to its
favour; ours begins with the element sets, and so does the exhaustive one. Commands are timed
whole, from their start to their file. Short jobs are repeated in turn, since machines are noisy,
and the ratios are what counts. Runs during which other processes kept the processors busy are
left out of the medians where quiet ones are left; no target is judged by busy runs alone, for
they slow a search with two threads and spare one that happens not to need its second.

Where searches disagree about a pair, SGP4 decides: the pair is propagated closely around the time
at which it was found, and only if it is within the threshold there have the others missed it.

numpy and what builds on it is imported inside functions: some of it counts the cores on import,
after which pinning comes too late, and a child's peak of memory begins at its parent's.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

Given = TypeVar("Given")

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sda.model import ElementSet

    Floats = NDArray[np.float64]
    Search = Callable[[], Floats]
    """Runs a search. Its rows `(m, 5)` are two catalogue numbers, the smaller first, the time of
    closest approach, and the approach's begin and end, s after the start."""

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "../shared/data/catalogs/full-2025-08-08.3le.gz"
DAY_H, WEEK_H, ORACLE_H = 24.0, 168.0, 1.0
STEPS_MIN = (0.25, 0.5, 1.0)
REPEATS = 3
SAME_S = 1.0
"""What two searches may differ in the time of one encounter."""
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
QUIET = 0.1
"""Processors that others may keep busy during a run that counts."""
THREADS = min(2, len(CORES) or os.cpu_count() or 1)
UNITS_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss

ASTROZ, OURS, ALONE, ORACLE = "astroz.screen", "tearline", "tearline, no astroz", "exhaustive"
COLD, WARM = "tearline screen, cold", "tearline screen, warm"


@dataclass(frozen=True, slots=True)
class Job:
    """One search or command; `step_min` is astroz's."""

    what: str
    hours: float
    threads: int = THREADS
    step_min: float = 0.0

    def __str__(self) -> str:
        step = f", {self.step_min:g} min" if self.step_min else ""
        return f"{self.what}{step}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a job took; the peak is that of its largest process.

    `others` is how many processors other processes kept busy meanwhile; where that is not near 0
    the wall says little. `building_s` is what astroz took to build its constellation beforehand.
    """

    wall_s: float
    cpu_s: float
    peak_mib: float
    others: float = 0.0
    building_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What all jobs are asked."""

    catalogue: str
    start: str
    threshold_km: float

    @property
    def begin(self) -> datetime:
        """Return the start of the window."""
        return datetime.fromisoformat(self.start)

    def elements(self) -> "tuple[ElementSet, ...]":
        """Return the newest set of each object."""
        from sda.elements import newest, read_files

        return newest(read_files([Path(self.catalogue)]).elements)


@dataclass(slots=True)
class Result:
    """The costs of a job's repeats, and for a search its rows, what it found and missed."""

    costs: list[Cost] = field(default_factory=list)
    rows: "Floats | None" = None
    pairs: int | None = None
    missed_pairs: int | None = None
    missed_encounters: int | None = None

    @property
    def quiet(self) -> list[Cost]:
        """Return the runs that had the machine to themselves."""
        return [cost for cost in self.costs if cost.others <= QUIET]

    @property
    def counted(self) -> list[Cost]:
        """Return the quiet runs, or all where there is none."""
        return self.quiet or self.costs

    @property
    def wall_s(self) -> float:
        """Return the median of the runs that count."""
        return median(cost.wall_s for cost in self.counted)

    @property
    def peak_mib(self) -> float:
        """Return the highest."""
        return max(cost.peak_mib for cost in self.costs)


Results = dict[Job, Result]
Failures = dict[Job, str]
Spans = dict[tuple[int, int], list[tuple[float, ...]]]


# In a process of its own: one job.


def measure(job: Job, question: Question, out: Path) -> Cost:
    """Run a job, leave what it finds in a file, and return its cost."""
    if CORES:
        os.sched_setaffinity(0, CORES[-job.threads :])
    if job.what in (COLD, WARM):
        if job.what == WARM:
            command(replace(job, hours=0.1), question, out)
        _, cost = timed(lambda: command(job, question, out), resource.RUSAGE_CHILDREN)
        return cost
    if job.what == ALONE:
        sys.modules["astroz"] = None  # type: ignore[assignment]
    import numpy as np

    prepared = {ASTROZ: astroz_search, ORACLE: exhaustive_search}.get(job.what, our_search)
    elements = question.elements()
    prepared(elements[:: len(elements) // 1000 + 1], replace(job, hours=0.1), question)()
    search = prepared(elements, job, question)
    building_s = building_of(elements) if job.what == ASTROZ else 0.0
    rows, cost = timed(search, resource.RUSAGE_SELF)
    np.save(out, rows)
    return replace(cost, building_s=building_s)


def timed(work: Callable[[], Given], who: int) -> tuple[Given, Cost]:
    """Do some work, and return what it gives and what this process, or its children, took."""
    import psutil

    def now() -> tuple[float, float, float]:
        usage, times = resource.getrusage(who), psutil.cpu_times()
        idle_s = times.idle + getattr(times, "iowait", 0.0)
        # A guest's time is counted as a user's too.
        busy_s = (
            sum(times) - idle_s - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        )
        return time.perf_counter(), usage.ru_utime + usage.ru_stime, busy_s

    before = now()
    given = work()
    wall_s, cpu_s, busy_s = (b - a for a, b in zip(before, now(), strict=True))
    peak_mib = resource.getrusage(who).ru_maxrss / UNITS_PER_MIB
    return given, Cost(wall_s, cpu_s, peak_mib, max(0.0, (busy_s - cpu_s) / wall_s))


def command(job: Job, question: Question, out: Path) -> None:
    """Run `tearline screen` into a file of the folder of `out`."""
    tearline = Path(sys.executable).with_name("tearline")
    window = ["--start", question.start, "--hours", str(job.hours)]
    limits = ["--threshold-km", str(question.threshold_km), "--workers", str(job.threads)]
    target = ["--out", str(out.with_suffix(".csv"))]
    line = [str(tearline), "screen", question.catalogue, *window, *limits, *target]
    subprocess.run(line, check=True, cwd=out.parent)


def astroz_search(elements: "Sequence[ElementSet]", job: Job, question: Question) -> "Search":
    """Return astroz's search, over sets that it has already read."""
    import astroz
    import numpy as np

    sky = astroz.Constellation(text_of(elements))
    number = np.array(sky.satnums)

    def search() -> "Floats":
        found = astroz.screen(
            sky,
            job.hours * 60,
            threshold=question.threshold_km,
            step=job.step_min,
            start_time=question.begin,
        )
        pairs = np.sort(np.stack([number[found.i], number[found.j]], axis=1), axis=1)
        return np.column_stack([pairs, *[found.time * 60] * 3])

    return search


def building_of(elements: "Sequence[ElementSet]") -> float:
    """Return how long astroz takes to build its constellation of a text, s."""
    import astroz

    text = text_of(elements)
    begun_s = time.perf_counter()
    astroz.Constellation(text)
    return time.perf_counter() - begun_s


def text_of(elements: "Sequence[ElementSet]") -> str:
    """Return the sets as the text of a TLE file."""
    return "\n".join(line for e in elements for line in lines_of(e))


def lines_of(element_set: "ElementSet") -> tuple[str, str]:
    """Return the set as a TLE, whose Alpha-5 numbers astroz and sgp4 read."""
    from sda.elements import write_tle

    return write_tle(element_set)


def our_search(elements: "Sequence[ElementSet]", job: Job, question: Question) -> "Search":
    """Return the search that `tearline screen` runs."""
    import numpy as np

    from sda.screening import Rows, Sweep

    def search() -> "Floats":
        sweep = Sweep(
            elements,
            question.begin,
            job.hours,
            question.threshold_km,
            screening_config(),
            workers=job.threads,
        )
        number = np.array([e.norad_id for e in sweep.propagator.elements])

        def columns(rows: Rows) -> "Floats":
            instant = np.stack([rows.tca_s, rows.tca_s], axis=1)
            span = np.where(np.isnan(rows.interval_s), instant, rows.interval_s)
            return np.column_stack([number[rows.first], number[rows.second], rows.tca_s, span])

        blocks = [columns(rows) for rows in sweep.blocks()]
        return np.concatenate([*blocks, columns(sweep.lingering())])

    return search


def exhaustive_search(elements: "Sequence[ElementSet]", job: Job, question: Question) -> "Search":
    """Return the search of the tests' oracle, which has one thread."""
    import numpy as np

    from sda.screening import exhaustive

    def search() -> "Floats":
        begin, limit_km = question.begin, question.threshold_km
        found = exhaustive(elements, begin, job.hours, limit_km, screening_config())
        rows = []
        for a in found.approaches:
            times = (a.tca, a.episode_start or a.tca, a.episode_end or a.tca)
            after_s = ((time - begin).total_seconds() for time in times)
            rows.append((a.norad_id_1, a.norad_id_2, *after_s))
        return np.array(rows, np.float64).reshape(-1, 5)

    return search


def screening_config() -> Any:
    """Return the packaged numbers of judgement."""
    from sda.configuration import packaged, read_toml
    from sda.screening import ScreeningConfig

    return read_toml(packaged("config") / "screening.toml", ScreeningConfig)


# In the parent: the jobs in turn, then the comparison.


def run(job: Job, question: Question, folder: Path, results: Results, failures: Failures) -> None:
    """Measure a job once more; one that has failed is not tried again."""
    if job in failures:
        return
    out = folder / "found.npy"
    asked = json.dumps([asdict(job), asdict(question), str(out)])
    line = [sys.executable, __file__, "--job", asked]
    done = subprocess.run(line, capture_output=True, text=True)
    window = f"{job.hours:g} h, {job.threads} thread{'s' * (job.threads > 1)}"
    if done.returncode:
        failures[job] = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        results.pop(job, None)
        print(f"{job}, {window}: failed\n{done.stderr}", file=sys.stderr, flush=True)
        return
    cost = Cost(**json.loads(done.stdout))
    results.setdefault(job, Result()).costs.append(cost)
    # Kept as a file: the parent has no numpy until all is measured.
    if out.exists():
        out.replace(folder / name_of(job))
    print(f"{job}, {window}: {cost.wall_s:.2f} s", file=sys.stderr, flush=True)


def name_of(job: Job) -> str:
    """Return the name of the file of a job's rows."""
    return f"{job.what} {job.step_min} {job.hours} {job.threads}.npy"


def measure_all(
    question: Question, windows_h: Sequence[float], oracle: bool
) -> tuple[Results, Failures]:
    """Run all jobs, each in a process of its own; return what they took and found, or why not."""
    results: Results = {}
    failures: Failures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # What the cold command compiles serves all that come after it.
        os.environ["NUMBA_CACHE_DIR"] = str(folder / "numba")
        trials = [Job(ASTROZ, windows_h[0], step_min=step_min) for step_min in STEPS_MIN]
        if find_spec("astroz") is None:
            trials = []
        for job in (Job(COLD, windows_h[0]), *trials):
            run(job, question, folder, results, failures)
        best = min(
            (job for job in trials if job in results),
            key=lambda job: results[job].wall_s,
            default=None,
        )
        for turn in range(REPEATS):
            for job in plan(windows_h, oracle, best.step_min if best else None):
                once = job.what == ORACLE or (job.what == ASTROZ and job.hours > DAY_H)
                if turn == 0 or not once:
                    run(job, question, folder, results, failures)
        import numpy as np

        for job, result in results.items():
            if (file := folder / name_of(job)).exists():
                result.rows = np.load(file)
    return results, failures


def plan(windows_h: Sequence[float], oracle: bool, step_min: float | None) -> list[Job]:
    """Return the jobs of one turn."""
    planned = []
    for hours in windows_h:
        # Only where a process can be pinned is astroz known to have one thread.
        for threads in range(THREADS, 0 if CORES else THREADS - 1, -1):
            if step_min is not None:
                planned.append(Job(ASTROZ, hours, threads, step_min))
            planned.append(Job(OURS, hours, threads))
        planned.append(Job(WARM, hours))
    if step_min is not None:
        planned.append(Job(ALONE, windows_h[0]))
    if oracle:
        planned += [Job(ORACLE, ORACLE_H, 1), Job(OURS, ORACLE_H)]
        if step_min is not None:
            planned.append(Job(ASTROZ, ORACLE_H, THREADS, step_min))
    return planned


class Truth:
    """SGP4 over the lines that astroz reads, asked closely around a time."""

    def __init__(self, question: Question) -> None:
        self._begin, self._limit_km = question.begin, question.threshold_km
        self._elements = {e.norad_id: e for e in question.elements()}
        self.holds = cache(self._holds)
        self._record = cache(self._record_of)

    def _holds(self, pair: tuple[int, int], tca_s: float, window_s: float) -> bool:
        """Return whether a pair is within the threshold within 30 s of a time, in the window."""
        import numpy as np

        around_s = np.arange(tca_s - 30, tca_s + 30, 0.05).clip(0, window_s)
        nearest_s = around_s[np.argmin(self._ranges_km(pair, around_s))]
        closely_s = np.arange(nearest_s - 0.05, nearest_s + 0.05, 1e-4).clip(0, window_s)
        return bool(self._ranges_km(pair, closely_s).min() <= self._limit_km)

    def _ranges_km(self, pair: tuple[int, int], times_s: "Floats") -> "Floats":
        import numpy as np

        from sda.times import julian_grid

        jd, fr = julian_grid(self._begin, times_s)
        (e1, r1_km, _), (e2, r2_km, _) = (self._record(n).sgp4_array(jd, fr) for n in pair)
        return np.where((e1 | e2) == 0, np.linalg.norm(r1_km - r2_km, axis=1), np.inf)

    def _record_of(self, norad_id: int) -> Any:
        from sgp4.api import WGS72, Satrec

        return Satrec.twoline2rv(*lines_of(self._elements[norad_id]), WGS72)


def judge(results: Results, truth: Truth) -> None:
    """Count what each search missed of all that the other searches of its window found."""
    for job, result in results.items():
        if result.rows is None:
            continue
        own = spans_of([result.rows])
        others = [r.rows for j, r in results.items() if j.hours == job.hours and j != job]
        lost = [
            (pair, tca_s)
            for pair, spans in spans_of(rows for rows in others if rows is not None).items()
            for tca_s, _, _ in spans
            if not any(b - SAME_S <= tca_s <= e + SAME_S for _, b, e in own.get(pair, ()))
            and truth.holds(pair, tca_s, job.hours * 3600)
        ]
        result.pairs = len(own)
        result.missed_pairs = len({pair for pair, _ in lost if pair not in own})
        # Several searches have named the same encounter, within SAME_S.
        result.missed_encounters = len({(pair, round(tca_s / 60)) for pair, tca_s in lost})
        if job.what in (OURS, ALONE):
            for pair, tca_s in lost:
                print(f"missed by {job}, {job.hours:g} h: {pair} at {tca_s:.1f} s", file=sys.stderr)


def spans_of(parts: "Iterable[Floats]") -> Spans:
    """Return time of closest approach, begin and end of the approaches of each pair."""
    spans: Spans = defaultdict(list)
    for rows in parts:
        for one, two, *span in rows.tolist():
            spans[int(one), int(two)].append(tuple(span))
    return spans


def table(results: Results) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = [
        "| what | window | threads | wall s (least to most) | cpu s | peak MiB "
        "| pairs | pairs missed | encounters missed | astroz takes |",
        f"|{'---|' * 10}",
    ]
    for job, result in sorted(results.items(), key=lambda item: (item[0].hours, -item[0].threads)):
        walls = sorted(cost.wall_s for cost in result.costs)
        quiet = f"{len(result.quiet)} of {len(walls)} quiet"
        spread = f"{walls[0]:.2f} to {walls[-1]:.2f}, {quiet}" if len(walls) > 1 else quiet
        counts = (result.pairs, result.missed_pairs, result.missed_encounters)
        rival = astroz_of(results, job.hours, job.threads)
        cells = (
            str(job),
            f"{job.hours:g} h",
            str(job.threads),
            f"{result.wall_s:.2f} ({spread})",
            f"{median(cost.cpu_s for cost in result.counted):.2f}",
            f"{result.peak_mib:.0f}",
            *("" if count is None else f"{count:,}" for count in counts),
            f"{rival.wall_s / result.wall_s:.2f} x" if rival else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def astroz_of(results: Results, hours: float, threads: int) -> Result | None:
    """Return astroz at its best step."""
    rivals = (
        result
        for job, result in results.items()
        if (job.what, job.hours, job.threads) == (ASTROZ, hours, threads)
    )
    return min(rivals, key=lambda result: result.wall_s, default=None)


def targets(results: Results, failures: Failures) -> list[str]:
    """Return the lines of a table of what is aimed at, and what was reached."""
    day, week = results.get(Job(OURS, DAY_H)), results.get(Job(OURS, WEEK_H))
    cold, warm = results.get(Job(COLD, DAY_H)), results.get(Job(WARM, DAY_H))
    rival = astroz_of(results, DAY_H, THREADS)
    ours = [result for job, result in results.items() if job.what not in (ASTROZ, ORACLE)]
    peak_mib = max((result.peak_mib for result in ours), default=0.0)
    lost = sum(result.missed_pairs or 0 for result in ours)
    lines = ["| target | measured | met |", "|---|---|---|"]

    def check(text: str, figure: str, met: bool, *timed: Result) -> None:
        verdict = "yes" if met else "NO"
        if not all(result.quiet for result in timed):
            verdict = "not judged: the machine was busy"
        lines.append(f"| {text} | {figure} | {verdict} |")

    if day and rival:
        ratio = rival.wall_s / day.wall_s
        check(
            "24 h: astroz takes at least 12 times as long", f"{ratio:.1f}", ratio >= 12, day, rival
        )
    if week and rival:
        part = week.wall_s / rival.wall_s
        check("7 days: at most half of astroz's 24 h", f"{part:.2f}", part <= 0.5, week, rival)
    if warm and rival:
        ratio = rival.wall_s / warm.wall_s
        text = "24 h, whole command, warm: astroz's bare search takes at least 4.5 times as long"
        check(text, f"{ratio:.1f}", ratio >= 4.5, warm, rival)
    if warm and cold:
        more_s = cold.wall_s - warm.wall_s
        check("cold: at most 30 s longer than warm", f"{more_s:.1f} s", more_s <= 30, warm, cold)
    check("under 1 GiB a process", f"{peak_mib:.0f} MiB", peak_mib < 1024)
    check("no pair lost", f"{lost} lost", lost == 0)
    check("every job ends well", f"{len(failures)} failed", not failures)
    return lines


def report(results: Results, failures: Failures, question: Question) -> list[str]:
    """Return the report in Markdown."""
    lines = [
        f"{question.threshold_km:g} km, from {question.start}, {THREADS} of {os.cpu_count()} "
        f"processors. Medians of the quiet runs, in which others took at most {QUIET:g} of a "
        "processor, or of all where none was quiet.",
        "",
        *table(results),
        "",
    ]
    if rival := astroz_of(results, DAY_H, THREADS):
        building_s = median(cost.building_s for cost in rival.costs)
        lines += [f"astroz's figures leave out building its constellation, {building_s:.2f} s.", ""]
    if oracle := results.get(Job(ORACLE, ORACLE_H, 1)):
        day_s = oracle.wall_s * DAY_H / ORACLE_H
        lines += [f"At that pace the exhaustive search of 24 h takes {day_s:.0f} s.", ""]
    lines += [f"{job}, {job.hours:g} h: failed: {why}\n" for job, why in failures.items()]
    return [*lines, *targets(results, failures)]


def as_json(results: Results, question: Question) -> dict[str, Any]:
    """Return the same as a value."""
    jobs = [
        {
            **asdict(job),
            "runs": [asdict(cost) for cost in result.costs],
            "median_wall_s": result.wall_s,
            "pairs": result.pairs,
            "pairs_missed": result.missed_pairs,
            "encounters_missed": result.missed_encounters,
        }
        for job, result in results.items()
    ]
    return {"asked": asdict(question), "processors": os.cpu_count(), "jobs": jobs}


def main() -> None:
    """Measure, and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    parser.add_argument("--start", default="2025-08-08T12:00:00Z")
    parser.add_argument("--hours", type=float, nargs="+", default=[DAY_H, WEEK_H])
    parser.add_argument("--threshold-km", type=float, default=5.0)
    parser.add_argument("--quick", action="store_true", help="the first window, no oracle")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.job:
        job, question, out = json.loads(given.job)
        print(json.dumps(asdict(measure(Job(**job), Question(**question), Path(out)))))
        return
    if not given.catalogue.is_file():
        print(f"skipped: {given.catalogue} is not there; name another with --catalogue")
        return
    if find_spec("astroz") is None:
        print("skipped: the comparison with astroz, which is not installed", file=sys.stderr)
    question = Question(str(given.catalogue.resolve()), given.start, given.threshold_km)
    results, failures = measure_all(
        question, given.hours[: 1 if given.quick else None], not given.quick
    )
    judge(results, Truth(question))
    print("\n".join(report(results, failures, question)))
    if given.json:
        given.json.write_text(json.dumps(as_json(results, question), indent=2) + "\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
