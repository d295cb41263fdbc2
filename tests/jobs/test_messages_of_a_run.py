"""Messages become solutions of the events they are about, and contradictions are told."""

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from made_messages import AT, CREATED, OTHER_PAIR, PAIR, SHARP_M, message, public_sets

from sda.ccsds import CdmFormat, read_cdm_text, write_cdm
from sda.ccsds.close_approaches import approach_of
from sda.configuration import packaged, read_toml
from sda.errors import ElementError
from sda.jobs import Detection, detect, ingest
from sda.model import Kind
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig
from sda.store import Archive, Disagreements, Ingestion, Messages, Runs, Status, open_store

SCREENING = read_toml(packaged("config") / "screening.toml", ScreeningConfig)
RISK = read_toml(packaged("config") / "risk.toml", RiskConfig)
DETECTION = Detection(AT, 3.0, 5.0, ("synthetic-public",), ("commercial",))
SETS = public_sets()
one_metre_km = 1e-3


@pytest.fixture
def engine(database_url):
    engine = open_store(database_url)
    Archive(engine).add(SETS, Ingestion("sets", "0" * 64, "synthetic-public", AT))
    yield engine
    engine.dispose()


def run(engine, detection=DETECTION):
    return detect(engine, detection, SCREENING, RISK, timedelta(days=3), AT)


def keep(engine, folder, *texts, source="commercial", marking=""):
    """Ingest texts from files of their own, and return what became of the files."""
    folder.mkdir(exist_ok=True)
    files = [folder / f"{number}.txt" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ingest(engine, files, source, AT, marking)


# Ingesting.


def test_a_message_is_told_from_its_content_in_every_format_and_kept_once(engine, tmp_path):
    kvn = message(SETS)
    cdms = read_cdm_text(kvn, "x")
    xml, json = (write_cdm(cdms, form) for form in (CdmFormat.XML, CdmFormat.JSON))
    done = keep(engine, tmp_path / "in", kvn, xml, json, gzip.compress(kvn.encode()))
    assert [(one.contents, one.new, one.known) for one in done] == [
        ("messages", 1, 0), ("messages", 0, 1), ("messages", 0, 1), ("messages", 0, 1),
    ]  # fmt: skip
    assert Messages(engine).count() == 1
    (kept,) = Messages(engine).between(AT, AT + timedelta(days=1), AT, ["commercial"])
    assert (kept.norad_id_1, kept.norad_id_2, kept.created) == (*PAIR, CREATED)
    assert kept.cdm().text("MESSAGE_ID") == kept.message_id == "EXERCISE-1"


def test_a_directory_may_hold_element_sets_and_messages(engine, tmp_path):
    sets = (Path(packaged("tle_samples")) / "real" / "gpconf-iss-1998.kvn").read_bytes()
    folder = tmp_path / "mixed"
    keep(engine, folder, message(SETS), sets, source="public")
    done = ingest(engine, [folder], "public", AT)
    assert [(one.contents, one.new, one.known) for one in done] == [
        ("messages", 0, 1), ("element sets", 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("MISS_DISTANCE = ", "MISS_DISTANCE = x", "line 7: MISS_DISTANCE 'x"),
        ("CATALOG_NAME = EXERCISE", "CATALOG_NAME = OURS", "OBJECT_DESIGNATOR 330110 of object 1"),
        (f"OBJECT_DESIGNATOR = {PAIR[1]}", f"OBJECT_DESIGNATOR = {PAIR[0]}", "both objects are"),
        ("REF_FRAME = GCRF", "REF_FRAME = GCRF\nORBIT_CENTER = MOON", "REF_FRAME stands before"),
    ],
)
def test_what_is_wrong_with_a_message_is_told_in_one_line_and_counted(
    engine, tmp_path, old, new, words
):
    good = message(SETS)
    if "MOON" in new:
        new, words = "ORBIT_CENTER = MOON\nREF_FRAME = GCRF", "ORBIT_CENTER MOON"
    bad, good_file = keep(engine, tmp_path / "in", good.replace(old, new), good)
    assert (bad.new, bad.known, bad.rejected, good_file.new) == (0, 0, 1, 1)
    (error,) = bad.errors
    assert words in error
    assert error.startswith(bad.file)
    assert "\n" not in error
    (reject,) = Archive(engine).rejects()
    assert reject.reason in error
    keep(engine, tmp_path / "in", good.replace(old, new), good)
    assert Archive(engine).counts().rejects == 1


def test_a_marking_of_element_sets_is_refused_before_anything_is_kept(engine, tmp_path):
    before = Archive(engine).counts()
    sets = (Path(packaged("tle_samples")) / "real" / "gpconf-iss-1998.kvn").read_bytes()
    with pytest.raises(ElementError, match="only messages have their own marking"):
        keep(engine, tmp_path / "in", message(SETS), sets, marking="SECRET//NOFORN")
    assert Archive(engine).counts() == before
    assert Messages(engine).count() == 0


def test_a_message_that_comes_again_under_a_marking_has_all_its_markings(engine, tmp_path):
    for marking in ("", "SECRET//REL TO USA, FRA", "CONFIDENTIAL//REL TO USA, FRA", ""):
        keep(engine, tmp_path / "in", message(SETS), marking=marking)
    (kept,) = Messages(engine).between(AT, AT + timedelta(days=1), AT, ["commercial"])
    assert kept.markings == ("CONFIDENTIAL//REL TO USA, FRA", "SECRET//REL TO USA, FRA")
    assert Messages(engine).count() == 1
    run_id = run(engine).run.run_id
    ((_, told),) = Runs(engine).approaches(run_id, "cdm-commercial")
    assert told.marking == "\n".join(kept.markings)


# What a run makes of them.


def test_a_message_is_another_solution_of_the_event_and_changes_no_value_of_the_others(
    engine, tmp_path
):
    before = run(engine)
    alone = Runs(engine).approaches(before.run.run_id, "public")
    keep(engine, tmp_path / "in", message(SETS))
    after = run(engine)
    assert after.n_approaches == {"public": 1, "cdm-commercial": 1}
    assert Runs(engine).approaches(after.run.run_id, "public") == alone
    assert Runs(engine).solutions(after.run.run_id)["cdm-commercial"] == ("commercial",)
    ((_, public),), ((_, told),) = (
        alone,
        Runs(engine).approaches(after.run.run_id, "cdm-commercial"),
    )
    assert (told.norad_id_1, told.norad_id_2) == (public.norad_id_1, public.norad_id_2) == PAIR
    assert told.kind is Kind.CROSSING
    assert abs(told.tca - public.tca) < timedelta(milliseconds=1)
    for name in ("miss_km", "relative_speed_km_s", "radial_km", "in_track_km", "cross_track_km"):
        assert getattr(told, name) == pytest.approx(getattr(public, name), abs=2 * one_metre_km)
    assert told.max_probability == pytest.approx(public.max_probability, rel=0.02)
    assert (told.age_days_1, told.age_days_2, told.episode_start) == (None, None, None)
    assert told.sigma_km < public.sigma_km
    assert (told.probability is not None, told.probability_method) == (True, "FOSTER-1992")
    assert (public.probability, public.probability_method) == (None, None)


def test_a_repeated_run_changes_nothing_and_a_new_message_makes_another_run(engine, tmp_path):
    keep(engine, tmp_path / "in", message(SETS, ahead_s=0.2))
    first = run(engine)
    Runs(engine).finish(first.run.run_id, Status.PUBLISHED)
    again = run(engine)
    assert again == replace(first, run=again.run)
    assert again.run == replace(first.run, status=Status.PUBLISHED)
    keep(engine, tmp_path / "in", message(SETS, created=CREATED + timedelta(hours=1)))
    assert run(engine).run.run_id != first.run.run_id


def test_of_the_revisions_of_a_message_the_last_one_known_stands(engine, tmp_path):
    revisions = [
        message(
            SETS, ahead_s=0.01 * n, created=CREATED + timedelta(hours=4 * n), message_id=f"E{n}"
        )
        for n in (1, 0, 2)
    ]
    keep(engine, tmp_path / "in", *revisions)
    run_id = run(engine).run.run_id
    ((_, told),) = Runs(engine).approaches(run_id, "cdm-commercial")
    (cdm,) = read_cdm_text(revisions[0], "x")
    assert told == approach_of(cdm, SCREENING, RISK)


def test_a_revision_that_moves_the_time_out_of_the_window_takes_the_passage_with_it(
    engine, tmp_path
):
    text = message(SETS)
    (cdm,) = read_cdm_text(text, "x")
    tca = cdm.time("TCA")
    end = (tca - AT) / timedelta(hours=1) + 1e-4
    moved = text.replace(
        f"{tca:%Y-%m-%dT%H:%M:%S.%f}", f"{tca + timedelta(minutes=2):%Y-%m-%dT%H:%M:%S.%f}"
    ).replace(f"{CREATED:%Y-%m-%dT%H}", f"{CREATED + timedelta(hours=1):%Y-%m-%dT%H}")
    keep(engine, tmp_path / "in", text)
    short = replace(DETECTION, hours=end)
    assert "cdm-commercial" in run(engine, short).n_approaches
    keep(engine, tmp_path / "in", moved)
    assert "cdm-commercial" not in run(engine, short).n_approaches


def test_sources_make_solutions_of_their_own(engine, tmp_path):
    keep(engine, tmp_path / "a", message(SETS))
    keep(engine, tmp_path / "b", message(SETS), source="synthetic-public")
    keep(engine, tmp_path / "c", message(SETS), source="elsewhere")
    assert run(engine).n_approaches == {
        "public": 1, "cdm-commercial": 1, "cdm-synthetic-public": 1,
    }  # fmt: skip


# Contradictions.


def test_an_agreeing_message_contradicts_nobody(engine, tmp_path):
    keep(engine, tmp_path / "in", message(SETS))
    assert run(engine).disagreements == ()


def test_a_contradicting_message_is_told_with_its_sigmas(engine, tmp_path):
    ahead_s, speed_km_s = 0.2, 7.5
    near = AT + timedelta(hours=4, minutes=6)
    keep(engine, tmp_path / "in", message(SETS), message(SETS, OTHER_PAIR, near=near, ahead_s=0.2))
    detected = run(engine, replace(DETECTION, hours=6.0))
    (found,) = detected.disagreements
    assert (found.solution_1, found.solution_2) == ("public", "cdm-commercial")
    assert (found.norad_id_1, found.norad_id_2) == OTHER_PAIR
    assert found.axis == "in-track"
    assert found.difference_km == pytest.approx(ahead_s * speed_km_s, rel=0.05)
    assert found.sigmas > RISK.agreement.sigmas
    # The errors of the sets are 30 to 300 m in-track; those of the message are small beside them.
    assert found.difference_km / 0.5 < found.sigmas < found.difference_km / 0.03
    assert Disagreements(engine).count(detected.run.run_id) == 1
    named = Runs(engine).approaches(detected.run.run_id, found.solution_2)[found.position_2][1]
    assert (named.norad_id_1, named.norad_id_2) == OTHER_PAIR


def test_where_element_sets_lead_to_no_approach_they_are_followed_all_the_same(engine, tmp_path):
    ahead_s, speed_km_s = 0.2, 7.5
    keep(engine, tmp_path / "in", message(SETS, ahead_s=ahead_s))
    nearer = replace(DETECTION, threshold_km=1e-3)
    detected = run(engine, nearer)
    assert detected.n_approaches["public"] == 0
    (found,) = detected.disagreements
    assert (found.solution_1, found.solution_2) == ("cdm-commercial", "public")
    assert (found.position_1, found.position_2) == (0, None)
    assert found.difference_km == pytest.approx(ahead_s * speed_km_s, rel=0.05)
    assert found.sigmas > RISK.agreement.sigmas


def test_an_agreeing_message_beyond_the_threshold_contradicts_nobody(engine, tmp_path):
    keep(engine, tmp_path / "in", message(SETS))
    detected = run(engine, replace(DETECTION, threshold_km=1e-3))
    assert (detected.n_approaches["public"], detected.disagreements) == (0, ())


def test_two_messages_contradict_each_other_by_their_own_errors(engine, tmp_path):
    ahead_s = 0.03
    keep(engine, tmp_path / "a", message(SETS, sigma_m=SHARP_M))
    keep(engine, tmp_path / "b", message(SETS, ahead_s=ahead_s), source="synthetic-public")
    (found,) = run(engine).disagreements
    assert (found.solution_1, found.solution_2) == ("cdm-commercial", "cdm-synthetic-public")
    # Head-on, the in-track errors of both objects in both messages lie along the difference.
    assert found.difference_km == pytest.approx(ahead_s * 7.5, rel=0.05)
    four_sigmas_km = np.sqrt(4) * SHARP_M[1] / 1e3
    assert found.sigmas == pytest.approx(found.difference_km / four_sigmas_km, rel=0.1)


def test_a_message_without_errors_contradicts_nobody_and_has_no_probability(engine, tmp_path):
    keep(engine, tmp_path / "in", message(SETS, ahead_s=0.2, sigma_m=(0.0, 0.0, 0.0)))
    detected = run(engine)
    assert detected.disagreements == ()
    ((_, told),) = Runs(engine).approaches(detected.run.run_id, "cdm-commercial")
    assert (told.probability, told.sigma_km, told.resolvable) == (None, None, None)


def test_a_message_that_has_the_objects_the_other_way_round_says_the_same(engine, tmp_path):
    straight, turned = (
        approach_of(read_cdm_text(message(SETS, pair), "x")[0], SCREENING, RISK)
        for pair in (PAIR, PAIR[::-1])
    )
    assert abs(straight.tca - turned.tca) < timedelta(microseconds=2)
    assert (turned.norad_id_1, turned.name_1) == (straight.norad_id_1, straight.name_1)
    for name in ("radial_km", "in_track_km", "cross_track_km", "sigma_km"):
        assert getattr(turned, name) == pytest.approx(getattr(straight, name), abs=1e-5)
    assert turned.probability == pytest.approx(straight.probability, rel=1e-3, abs=1e-30)
    keep(engine, tmp_path / "in", message(SETS, PAIR[::-1]))
    assert run(engine).disagreements == ()


def test_a_covariance_of_no_orbit_is_refused_by_line(engine, tmp_path):
    text = message(SETS)
    line = next(line for line in text.split("\n") if line.startswith("CT_T"))
    with pytest.raises(ElementError, match=r"line \d+: CT_T = 1e\+300 of object 1 is of no orbit"):
        keep(engine, tmp_path / "in", text.replace(line, "CT_T = 1e300 [m**2]"))


@pytest.mark.parametrize("value", ["1e20", "-1e20", "1e-320"])
def test_a_covariance_beyond_all_reason_stops_no_run(engine, tmp_path, value):
    text = message(SETS)
    lines = [
        f"CT_T = {value} [m**2]" if line.startswith("CT_T") else line for line in text.split("\n")
    ]
    keep(engine, tmp_path / "in", "\n".join(lines))
    detected = run(engine)
    assert detected.run.status is Status.COMPLETE
    assert detected.n_approaches["cdm-commercial"] + detected.unused["cdm-commercial"] == 1
