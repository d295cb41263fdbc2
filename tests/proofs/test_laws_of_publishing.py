"""What is done once for many partners, or column by column, is what each one would get alone.

`TEARLINE_CASES` says how many cases are generated.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from random import Random
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from worlds import (
    NOW,
    PARTNERS,
    SOURCES,
    Found,
    empty,
    entries,
    keep,
    opened,
    publish,
    shown,
    some_found,
)

import sharing.files
from sda.store.columns import microseconds
from sharing.feeds.identity import Subject, match
from sharing.ids import id_of, id_text, id_texts
from sharing.jobs import Office
from sharing.ledger import Entry, chain, link
from sharing.registry import Registry
from sharing.release import Approval, Contradiction, Decided, Door, release, solution_of
from sharing.review import cases
from sharing.revising import Sheet, Standing, _matched
from sharing.schema import bodies, items, statements
from sharing.stock import NEVER, Columns

CASES = int(os.environ.get("TEARLINE_CASES", "0"))


def law(default: int) -> Callable:
    return settings(
        max_examples=CASES or default, deadline=None, phases=[Phase.reuse, Phase.generate]
    )


# The door.


def lapsing(registry: Registry, days: list[int]) -> Registry:
    """Return the registry with agreements that lapse some days on, each on its own."""
    agreements = {
        name: replace(one, expires=(NOW + timedelta(days=1 + days[k % len(days)])).date())
        for k, (name, one) in enumerate(registry.agreements.items())
    }
    return replace(registry, agreements=MappingProxyType(agreements))


def said(decided: tuple[Decided, ...]) -> list[tuple[object, ...]]:
    return [
        (
            one.release,
            one.reasons,
            [(held.solution.name, held.classes, held.waiting, held.offices) for held in one.held],
        )
        for one in decided
    ]


crowded = st.lists(
    some_found(sorted(SOURCES), (-30, 118)).map(lambda one: replace(one, marking="")), max_size=10
)


@law(8)
@given(crowded, st.lists(st.integers(0, 5), min_size=1, max_size=3), st.integers(0, 9999))
def test_partners_together_get_what_each_gets_alone(
    office: Office, found: list[Found], days: list[int], seed: int
) -> None:
    random = Random(seed)
    registry = lapsing(office.registry, days)
    policy = office.policy.supposing(registry)
    marked = random.choice(
        ["", "SECRET//ORCON/REL TO USA, FRA, DEU", "//DEU SECRET//REL TO USA, FRA, DEU"]
    )
    made = [
        solution_of(
            one.solution,
            SOURCES[one.solution],
            replace(one.approach, marking=marked if random.random() < 0.3 else ""),
            registry,
        )
        for one in found
    ]
    told = [
        Contradiction(one, other, random.uniform(4, 40), "radial")
        for one, other in combinations(made, 2)
        if one.pair == other.pair and one.name != other.name and random.random() < 0.6
    ]
    partners = list(registry.partners.values())
    held = {
        (each.solution.name, each.solution.pair, each.solution.tca): each
        for partner in partners
        for one in release(partner, made, registry, policy, NOW)
        for each in one.held
    }
    approvals = [
        Approval(
            "case",
            each.solution.name,
            each.solution.pair,
            each.solution.kind,
            each.solution.tca,
            random.choice(["", "fra", "deu", "ita"]),
            each.classes,
            NOW + timedelta(hours=random.choice([1, 30, 300])),
            each.offices,
            frozenset(random.sample(["fra", "ita"], random.randint(0, 2))),
        )
        for each in held.values()
        if random.random() < 0.7
    ]
    random.shuffle(partners)
    together = Door(registry, policy, NOW, approvals).release(partners, made, told)
    for partner in partners:
        alone = release(partner, made, registry, policy, NOW, told, approvals)
        assert said(together[partner.id]) == said(alone), partner.id
    # And in parts, by whole pairs.
    door = Door(registry, policy, NOW, approvals)
    pairs = sorted({one.pair for one in made})
    parts = [
        door.release(partners, [one for one in made if one.pair == pair], told) for pair in pairs
    ]
    for partner in partners:
        whole = [each for one in together[partner.id] for each in said((one,))]
        some = [each for part in parts for each in said(part[partner.id])]
        assert sorted(map(repr, whole)) == sorted(map(repr, some))


# Matching.

MINUTES = st.integers(-3, 40).map(lambda ten: 10 * ten)
subjects = st.lists(
    st.builds(
        lambda kind, pair, start, length: Subject(
            kind,
            pair,
            NOW + timedelta(minutes=start + length / 2),
            (NOW + timedelta(minutes=start), NOW + timedelta(minutes=start + length)),
        ),
        st.sampled_from(["crossing", "edge", "proximity", "coincident", "undisclosed"]),
        st.sampled_from([(5, 6), (5, 7), (99999, 2_000_000_000)]),
        MINUTES,
        st.sampled_from([0, 10, 60, 1440]),
    ),
    max_size=8,
)


def columns_of(some: list[Subject]) -> Columns:
    kinds = tuple(sorted({one.kind for one in some}))
    n = len(some)
    return Columns(
        np.fromiter((kinds.index(one.kind) for one in some), np.int64, n),
        np.fromiter((one.pair[0] << 32 | one.pair[1] for one in some), np.int64, n),
        np.fromiter((microseconds(one.tca) for one in some), np.int64, n),
        np.fromiter((microseconds(one.span[0]) for one in some), np.int64, n),
        np.fromiter((microseconds(one.span[1]) for one in some), np.int64, n),
        np.zeros(n, np.int64),
        np.full(n, NEVER),
        kinds,
        ("",),
    )


@law(150)
@given(subjects, subjects)
def test_matching_by_columns_is_matching_one_by_one(
    office: Office, new: list[Subject], known: list[Subject]
) -> None:
    n, m = len(new), len(known)
    sheet = Sheet(np.arange(n), np.full(n, NEVER))
    flags = np.zeros(m, bool)
    standing = Standing(np.arange(n, n + m), np.ones(m, np.int64), ~flags, flags)
    rules = office.registry.rules
    found = _matched(sheet, standing, columns_of([*new, *known]), rules)
    assert dict(zip(*(one.tolist() for one in found), strict=True)) == match(new, known, rules)


# Chains and ids.

words = st.text(max_size=12).filter(lambda text: text.isprintable())
entry_values = st.tuples(
    st.binary(min_size=16, max_size=16),
    st.integers(1, 10**6),
    st.sampled_from(["active", "retracted", "closed"]),
    st.binary(min_size=32, max_size=32),
)


@law(100)
@given(
    words, words, words, words, words, st.integers(1, 10**9), st.datetimes(),
    st.binary(min_size=32, max_size=32), st.lists(entry_values, max_size=5),
)  # fmt: skip
def test_a_chain_is_link_after_link(
    partner: str, run_id: str, policy: str, register: str, rules: str, n: int,
    at: datetime, head: bytes, said: list,
) -> None:  # fmt: skip
    first = Entry(
        partner, n, run_id, at.replace(tzinfo=NOW.tzinfo), policy, "", 0, "", b"", register, rules
    )
    made = chain(
        head,
        first,
        [id_text(one).encode() for one, *_ in said],
        [revision for _, revision, *_ in said],
        [status.encode() for _, _, status, _ in said],
        [digest.hex().encode() for *_, digest in said],
    )
    linked = [head]
    for k, (one, revision, status, digest) in enumerate(said):
        entry = replace(
            first, n=n + k, item_id=id_text(one), revision=revision, status=status, body=digest
        )
        linked.append(link(linked[-1], entry))
    assert made == b"".join(linked)


@law(100)
@given(st.lists(st.binary(min_size=16, max_size=16), max_size=20))
def test_many_ids_are_written_as_each_is_and_read_back(ids: list[bytes]) -> None:
    texts = id_texts(b"".join(ids))
    assert texts == [id_text(one).encode() for one in ids]
    assert [id_of(text.decode()) for text in texts] == ids


# Feeds.


def active(engine: Engine, partner: str) -> list[tuple[object, ...]]:
    query = (
        select(bodies.c.body, statements.c.valid_until)
        .select_from(items)
        .join(statements, statements.c.statement == items.c.statement)
        .join(bodies, bodies.c.digest == statements.c.body)
        .where(items.c.partner == partner, items.c.status == "active")
    )
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(query))


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    folder = tmp_path_factory.mktemp("laws")
    one, other = opened(folder / "one.db"), opened(folder / "other.db")
    yield one, other
    one.dispose()
    other.dispose()


found_by_runs = st.lists(
    st.lists(
        # Steps of more than what is no news.
        some_found(sorted(SOURCES), (10, 110)).map(
            lambda one: replace(one, hours=round(one.hours, 2))
        ),
        max_size=6,
    ),
    min_size=1,
    max_size=3,
)


@law(5)
@given(found_by_runs)
def test_a_feed_shows_what_a_new_database_would_whatever_was_published_before(
    office: Office, databases: tuple[Engine, Engine], runs: list[list[Found]]
) -> None:
    """Bodies, and until when they hold; ids, revisions and numbers tell what went before."""
    used, new = databases
    empty(used)
    for number, found in enumerate(runs):
        publish(used, office, keep(used, found, (), f"run {number}", number))
    empty(new)
    publish(new, office, keep(new, runs[-1], (), "the only run", len(runs) - 1))
    for partner in PARTNERS:
        assert active(used, partner) == active(new, partner), partner


@law(5)
@given(found_by_runs, st.sampled_from([1, 2, 3]))
def test_publishing_in_parts_is_publishing_at_once(
    office: Office, databases: tuple[Engine, Engine], runs: list[list[Found]], at_once: int
) -> None:
    for engine, limit in zip(databases, (at_once, 20_000), strict=True):
        empty(engine)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sharing.files, "_AT_ONCE", limit)
            for number, found in enumerate(runs):
                # Far apart, so that what is due is decided again, too.
                publish(engine, office, keep(engine, found, (), f"run {number}", 45.0 * number))
    one, other = databases
    for partner in PARTNERS:
        assert shown(one, partner) == shown(other, partner), partner
        assert entries(one, partner) == entries(other, partner), partner
    assert cases(one) == cases(other)


def test_what_is_withheld_because_a_decision_failed_is_counted_by_partner(
    office: Office, databases: tuple[Engine, Engine]
) -> None:
    used, _ = databases
    empty(used)
    unreadable = [Found("cdm-public", 50.0, marking="no marking at all"), Found("public", 60.0)]
    done = publish(used, office, keep(used, unreadable))
    assert done.failed == dict.fromkeys(office.registry.partners, 1)
    empty(used)
    assert publish(used, office, keep(used, unreadable[1:])).failed == {}
