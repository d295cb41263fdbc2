"""Publish a run and stop in the middle of its transaction, to be killed there: URL WHERE FILE."""

import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "publishing"))

from desks import NOW, SECRET, Desk

from sda.configuration import packaged
from sharing.policy import load_engine
from sharing.publishing import Edition, publish
from sharing.registry import load_registry
from sharing.schema import open_sharing

url, where, file = sys.argv[1:]


def stop(place):
    if place == where:
        Path(file).touch()
        time.sleep(3600)


def parts():
    for first in (200, 300):
        yield desk.releases({"public": [desk.approach(first + n, 30 + n) for n in range(10)]})
        stop(f"part {first}")


def inputs():
    # Every entry is written by now, and nothing is committed.
    stop("end")
    return {}


config = packaged("config")
registry = load_registry(config)
desk = Desk(registry, load_engine(config, registry))
edition = Edition("run 2", NOW, (NOW, NOW + timedelta(days=3)), desk.policy.digest)
partners = ("aus", "bra", "deu")
publish(open_sharing(url), edition, partners, parts(), registry.rules, SECRET, inputs=inputs)
