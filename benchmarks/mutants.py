"""Test the tests: plant small mistakes in what decides on releases, and see each of them found.

    python benchmarks/mutants.py [markings|policy|release ...] [--only TEXT ...] [--again]

Tests are collected once; for each mutant a fork of this process puts the changed code into the
function and runs the tests that reach it, the fast ones first. What stands outside of functions, or
is called by no test but as the package is imported, is changed before that. A mutant that no test
finds survives. The command fails when a survivor is not argued in mutants.toml, when an argument is
out of date, or when 5 % or more survive. It resumes where it was cut short; when tests or sources
change, it begins anew, except with `--again`: then only what survived, or is new, is tried.
"""

import argparse
import cProfile
import importlib
import os
import pickle
import signal
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import hypothesis
import pytest
from mutations import Mutant, mutants_of
from outcomes import Results, epoch_of, judge
from planting import ROOT, Planting, living, plant

HERE = Path(__file__).parent
SLOWEST_TEST_S = 3.0
"""Tests that take longer are left out: the fast ones have to find the mistake."""
MOST_TESTING_S = 60.0
PATIENCE = 10
"""A test that takes so many times as long as it should, and some seconds, hangs: that is found."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What a test takes of the processor, and the functions it calls: file and first line."""

    seconds: float
    functions: frozenset[tuple[str, int]]


class Session:
    """A plugin of pytest: with the tests collected, it lets `body` have them instead of a run."""

    def __init__(self, body: Callable[[pytest.Session], None]) -> None:
        """Take what to do with the session."""
        self._body = body

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do it."""
        self._body(session)
        return True


def collected(tests: Sequence[str], body: Callable[[pytest.Session], None]) -> int:
    """Collect tests and do something with them; return pytest's exit status, 0 when none fails."""
    plain = ["-s", "-x", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:terminal"]
    early = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*plain, *early, *tests], plugins=[Session(body)])


def forked(work: Callable[[], object], *, is_quiet: bool = True) -> Any:
    """Return what work gives in a fork of this process; None when it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2) if is_quiet else ():
            os.dup2(nothing, stream)
        answer: object = None
        try:
            answer = work()
        except BaseException as error:
            answer = f"went wrong: {error!r}", ""
        finally:
            with os.fdopen(write, "wb") as pipe:
                pickle.dump(answer, pipe)
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(told) if told else None  # noqa: S301 (our own fork wrote it)


def passes(session: pytest.Session, item: pytest.Item, limit_s: float) -> bool:
    """Run one test, or be killed by the alarm: of processor time, which no other process takes."""
    failed = session.testsfailed
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return session.testsfailed == failed


def reach(session: pytest.Session, files: frozenset[str]) -> dict[str, Reached]:
    """Run each test, and return what it takes and which functions of some files it calls."""
    found: dict[str, Reached] = {}
    for item in session.items:
        start_s = time.process_time()
        with cProfile.Profile(builtins=False) as profile:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        seconds = time.process_time() - start_s
        if session.testsfailed:
            raise AssertionError(f"{item.nodeid} fails")
        codes = [one.code for one in profile.getstats() if isinstance(one.code, CodeType)]
        called = {(one.co_filename, one.co_firstlineno) for one in codes}
        ours = frozenset(place for place in called if place[0] in files)
        found[item.nodeid] = Reached(seconds, ours)
    return found


def try_functions(mutants: Sequence[Mutant], tests: Sequence[str], results: Results) -> Any:
    """Try the mutants of functions; return the cost of each test and what must be imported."""
    files = frozenset(str(ROOT / mutant.path) for mutant in mutants)
    costs: dict[str, float] = {}

    def body(session: pytest.Session) -> None:
        reached = forked(lambda: reach(session, files))
        if not isinstance(reached, dict):
            pytest.exit(f"without any mutant: {reached}")
        costs.update({id: one.seconds for id, one in reached.items()})
        functions = living(files)
        finders: dict[str, list[str]] = {}
        for mutant in mutants:
            if mutant.id in results.known or not mutant.lines[0]:
                continue
            first = finders.setdefault(f"{mutant.path} {mutant.unit}", [])
            within = chosen(session.items, mutant, reached, first)
            if not within:
                continue  # Called as the module is imported, if at all.

            def work(mutant: Mutant = mutant, within: list = within) -> tuple[str, str]:
                plant(mutant, functions)
                for item in within:
                    if not passes(session, item, 5 + PATIENCE * costs[item.nodeid]):
                        return "killed", item.nodeid
                return "survived", ""

            outcome, finder = forked(work) or ("timed out", "")
            first.append(finder)
            results.add(mutant, outcome)
            _show(mutant, results, len(within))

    if status := collected(tests, body):
        raise RuntimeError(f"the tests cannot be collected: pytest says {status}")
    ours = ("sharing", "conftest", "test")
    return costs, [name for name in sys.modules if not name.startswith(ours)]


def chosen(
    items: Sequence[pytest.Item],
    mutant: Mutant,
    reached: dict[str, Reached],
    first: Sequence[str],
) -> list[pytest.Item]:
    """Return the tests to try a mutant by: those that call its function, the nearest ones first.

    What found another mistake in the function is likely to find this one, then what is named after
    the module, then what is quick; after some seconds' worth of tests no more are tried.
    """
    module = Path(mutant.path).stem

    def nearness(item: pytest.Item) -> tuple[bool, bool, float]:
        is_named = module in item.path.stem
        return item.nodeid not in first, not is_named, reached[item.nodeid].seconds

    left_s = MOST_TESTING_S
    found = []
    for item in sorted(items, key=nearness):
        one = reached[item.nodeid]
        if left_s > 0 and one.seconds <= SLOWEST_TEST_S and _reaches(one, mutant):
            found.append(item)
            left_s -= one.seconds
    return found


def _reaches(one: Reached, mutant: Mutant) -> bool:
    file, (first, last) = str(ROOT / mutant.path), mutant.lines
    return any(name == file and first <= line <= last for name, line in one.functions)


def try_modules(
    mutants: Iterable[Mutant], tests: Sequence[str], costs: dict[str, float], results: Results
) -> None:
    """Try the mutants that no test calls, each in a fork that imports the package anew."""
    if any(name.startswith("sharing") for name in sys.modules):
        raise RuntimeError("what is imported already cannot be changed")
    for mutant in mutants:
        if mutant.id in results.known:
            continue

        def body(session: pytest.Session) -> None:
            chosen = [one for one in session.items if costs.get(one.nodeid, 0) <= SLOWEST_TEST_S]
            for item in sorted(chosen, key=lambda one: costs.get(one.nodeid, 0)):
                if not passes(session, item, 5 + PATIENCE * costs.get(item.nodeid, 0)):
                    return

        def work(mutant: Mutant = mutant, body: Any = body) -> tuple[str, str]:
            sys.meta_path.insert(0, Planting(mutant))
            # Most are found by what is named after the module, which is soon collected.
            found = any(collected(some, body) for some in (named(mutant, tests), tests) if some)
            return ("killed" if found else "survived"), ""

        outcome, _ = forked(work) or ("timed out", "")
        results.add(mutant, outcome)
        _show(mutant, results, len(costs))


def named(mutant: Mutant, tests: Sequence[str]) -> list[str]:
    """Return the files of tests that are named after a mutant's module; none if there are none."""
    options = [one for one in tests if one.startswith("-")]
    files = [
        str(path.relative_to(ROOT))
        for folder in tests
        for path in sorted((ROOT / folder).glob(f"test_*{Path(mutant.path).stem}*.py"))
    ]
    kept = [file for file in files if f"--ignore={file}" not in options]
    return [*kept, *options] if kept else []


def _show(mutant: Mutant, results: Results, tests: int) -> None:
    outcome = results.known[mutant.id]
    if outcome not in ("killed", "timed out"):
        print(f"{outcome} ({tests} tests): {mutant.id}", flush=True)


def main() -> None:
    """Try every mutant of the packages asked for, and tell which survive."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("packages", nargs="*", help="markings, policy, release: all, by default")
    parser.add_argument("--only", nargs="+", default=[""], help="mutants whose name holds a text")
    parser.add_argument("--again", action="store_true", help="keep what was found before")
    asked = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=25,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("mutants")
    with (HERE / "mutants.toml").open("rb") as file:
        said = tomllib.load(file)
    argued = {
        id
        for one in said.get("argued", ())
        for id in one["mutants"]
        if any(text in id for text in asked.only)
    }
    epoch, good = epoch_of(["sharing", "config", "tests"]), True
    for package, about in said["packages"].items():
        if asked.packages and package not in asked.packages:
            continue
        start_s = time.perf_counter()
        paths = sorted((ROOT / "sharing" / package).glob("*.py"))
        mutants = [
            mutant
            for path in paths
            for mutant in mutants_of(path, str(path.relative_to(ROOT)))
            if any(text in mutant.id for text in asked.only)
        ]
        results = Results(package, epoch, asked.again)
        work = partial(try_functions, mutants, about["tests"], results)
        answer = forked(work, is_quiet=False)
        if not answer or not isinstance(answer[0], dict):
            sys.exit(f"the tests do not even run without a mutant: {answer}")
        costs, others = answer
        results = Results(package, epoch, asked.again)
        for name in others:
            try:
                importlib.import_module(name)
            except Exception:  # noqa: S112 (what cannot be imported ahead is imported later)
                continue
        try_modules(mutants, about["tests"], costs, results)
        good &= judge(package, mutants, results, argued)
        print(f"  {time.perf_counter() - start_s:.0f} s")
    sys.exit(not good)


if __name__ == "__main__":
    main()
