"""Manoeuvres are found where they are, and nowhere else."""

from pathlib import Path

from sda.configuration import packaged
from sda.rpo.manoeuvres import find_manoeuvres, manoeuvre_config

CONFIG = manoeuvre_config(packaged("config"))
SHARED = Path(__file__).parents[2] / "../shared/data/manoeuvres"


def test_nothing_is_said_of_no_set_at_all():
    assert find_manoeuvres((), CONFIG) == ()
