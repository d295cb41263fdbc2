"""How often a key may ask, and an address may fail, and what of it is told to whom."""

import re
from datetime import timedelta

import pytest
from desks import NOW
from hypothesis import given
from hypothesis import strategies as st

from sharing.api.limits import WINDOW, Windows, network_of

SECOND = timedelta(seconds=1)


def told(answer):
    """Return quota, window, what remains and for how long, from the headers of an answer."""
    policy = re.fullmatch(r'"requests";q=(\d+);w=(\d+)', answer.headers["ratelimit-policy"])
    left = re.fullmatch(r'"requests";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    return tuple(int(one) for one in (*policy.groups(), *left.groups()))


def test_a_key_asks_as_often_as_it_may_and_again_in_the_next_window(serve):
    server = serve(requests_per_minute=3)
    key = server.key("aus")
    assert told(server.get("/v1/me", key)) == (3, 60, 2, 60)
    server.now += 20 * SECOND
    assert told(server.get("/v1/feed", key)) == (3, 60, 1, 40)
    assert told(server.get("/v1/items/none", key)) == (3, 60, 0, 40)
    refused = server.get("/v1/feed", key)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert refused.headers["content-type"] == "application/problem+json"
    assert told(refused) == (3, 60, 0, 40)
    server.now += 40 * SECOND
    assert told(server.get("/v1/feed", key)) == (3, 60, 2, 60)


def test_what_is_left_of_a_key_tells_nothing_of_any_other(serve):
    server = serve(requests_per_minute=3)
    key, same, other = server.key("aus"), server.key("aus"), server.key("bra")
    for _ in range(5):
        server.get("/v1/feed", key)
        server.get("/v1/feed", "tl_x_y")
    for one in (same, other):
        assert told(server.get("/v1/feed", one)) == (3, 60, 2, 60)


def test_who_has_no_key_is_told_no_limit(serve):
    answer = serve().get("/v1/feed")
    assert not {"ratelimit", "ratelimit-policy"} & answer.headers.keys()


def test_an_address_that_guesses_is_not_heard_for_a_while_and_others_are(serve):
    server = serve(failures_per_minute=3)
    key = server.key("aus")
    statuses = [server.get("/v1/feed", f"tl_{n:016x}_{n:064x}").status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    blocked = server.get("/v1/feed", key)
    assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "60")
    assert "www-authenticate" not in blocked.headers
    assert server.get("/v1/feed", key, address="192.0.2.7").status_code == 200
    server.now += WINDOW
    assert server.get("/v1/feed", key).status_code == 200


def test_a_valid_key_fails_never(serve):
    server = serve(failures_per_minute=1)
    key = server.key("aus")
    assert {server.get("/v1/feed", key).status_code for _ in range(4)} == {200}


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 90)), max_size=40),
)
def test_no_subject_does_more_than_its_quota_in_its_window_and_none_is_refused_less(quota, asked):
    windows, now = Windows(quota), NOW
    opened, count = {}, {}
    for subject, later_s in asked:
        now += later_s * SECOND
        if subject not in opened or now >= opened[subject] + WINDOW:
            opened[subject], count[subject] = now, 0
        count[subject] += 1
        ahead, left = windows.look(subject, now), windows.take(subject, now)
        assert ahead == left
        assert left.exceeded == (count[subject] > quota)
        assert left.remaining == max(0, quota - count[subject])
        assert 1 <= left.seconds <= 60


def test_windows_that_ended_are_forgotten_and_a_clock_that_goes_back_locks_nobody_out():
    windows = Windows(1)
    for n in range(100):
        windows.take(f"address {n}", NOW)
    windows.take("another", NOW + WINDOW)
    assert len(windows._counts) == 1
    assert not windows.take("another", NOW - timedelta(days=1)).exceeded


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_one_site_has_one_network(address, network):
    assert network_of(address) == network
