"""The registry: what ships loads and is consistent, and a wrong file gives one clear line."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sda.model import RPO, Kind
from sharing.errors import RegistryError
from sharing.markings import Classification
from sharing.registry import (
    ContactRules,
    Detail,
    PartnerKind,
    Registry,
    SourceKind,
    Stake,
    load_registry,
)
from sharing.release import UNDISCLOSED

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
FOLDERS = ("partners", "agreements", "sources", "assets", "offices")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(CONFIG)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for folder in (*FOLDERS, "register"):
        shutil.copytree(CONFIG / folder, tmp_path / folder)
    for name in ("release.toml", "contacts.toml"):
        shutil.copy(CONFIG / name, tmp_path)
    return tmp_path


def test_a_partner_may_ask_for_each_kind_that_its_feed_may_have(config: Path) -> None:
    file = config / "partners/aus.toml"
    kinds = [*map(str, Kind), RPO, UNDISCLOSED]
    file.write_text(file.read_text().replace("kinds = []", f"kinds = {kinds}"))
    assert load_registry(config).partners["aus"].feed.kinds == tuple(kinds)


def test_33_nations_and_two_coalitions_ship_and_the_releasing_side_is_none_of_them(
    registry: Registry,
) -> None:
    kinds = [partner.kind for partner in registry.partners.values()]
    assert kinds.count(PartnerKind.NATION) == 33
    assert kinds.count(PartnerKind.COALITION) == 2
    assert not any("USA" in partner.codes for partner in registry.partners.values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_says_that_it_is_invented(folder: str) -> None:
    files = sorted((CONFIG / folder).glob("*.toml"))
    assert files
    for path in files:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# ILLUSTRATIVE: invented, no statement on any real arrangement.", path


def test_every_source_marked_above_unclassified_says_exercise(registry: Registry) -> None:
    marked = [
        source
        for source in registry.sources.values()
        if source.marking.classification > Classification.U
    ]
    assert marked
    assert all("EXERCISE" in source.name for source in marked)


def test_no_office_names_a_person_or_an_address(registry: Registry) -> None:
    for office in registry.offices.values():
        assert "@" not in office.channel
        assert "+" not in office.channel
        assert "desk" in office.channel.lower() or "counter" in office.channel.lower()


def test_members_inherit_what_their_coalition_is_party_to(registry: Registry) -> None:
    assert "olympic-defender" in registry.partners["nzl"].agreements
    assert "nzl" in registry.sources["commercial"].licensees
    assert "olympic-defender" not in registry.partners["jpn"].agreements


def test_a_coalition_has_nothing_that_a_member_lacks(registry: Registry) -> None:
    for coalition in registry.partners.values():
        if coalition.kind is not PartnerKind.COALITION:
            continue
        members = [
            partner
            for partner in registry.partners.values()
            if {*partner.codes} < {*coalition.codes}
        ]
        assert len(members) > 1
        for member in members:
            assert {*coalition.agreements} <= {*member.agreements}
            assert coalition.clearance <= member.clearance
            assert member.detail is Detail.EXACT or coalition.detail is Detail.COARSE
            for source in registry.sources.values():
                assert coalition.id not in source.licensees or member.id in source.licensees


def test_an_agreement_counts_until_its_review_and_not_on_that_day(registry: Registry) -> None:
    agreement = registry.agreements["trilateral-sensor"]
    assert agreement.in_force(agreement.effective)
    assert agreement.in_force(date(2026, 11, 23))
    assert not agreement.in_force(min(agreement.review, agreement.expires))


def test_owner_host_and_payload_owner_may_be_of_different_nations(
    registry: Registry, config: Path
) -> None:
    swap("assets/leo-primary-09.toml", '["JPN"]', '["JPN", "NATO"]')(config)
    read = load_registry(config).assets[330109]
    assert [(one.nation, one.stake.value, one.office) for one in read.equities] == [
        ("USA", "owner", "asset-protection-desk"),
        ("JPN", "payload owner", "partner-liaison-desk"),
        ("NATO", "payload owner", "asset-protection-desk"),
    ]
    host = registry.assets[330013].equities[1]
    assert (host.nation, host.stake) == ("JPN", Stake.HOST)


def test_a_registry_cannot_be_changed(registry: Registry) -> None:
    with pytest.raises(TypeError):
        registry.partners["xxx"] = registry.partners["aus"]  # type: ignore[index]


def test_a_registry_prints_the_same_in_every_process(registry: Registry) -> None:
    program = (
        "from pathlib import Path; from sharing.registry import load_registry;"
        "print(repr(load_registry(Path('config'))))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == repr(registry)


def swap(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(config: Path) -> None:
        text = (config / path).read_text(encoding="utf-8")
        assert old in text
        (config / path).write_text(text.replace(old, new), encoding="utf-8")

    return change


def again(path: str, copy: str) -> Callable[[Path], None]:
    return lambda config: shutil.copy(config / path, config / copy) and None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (swap("partners/aus.toml", 'clearance = "TS"', 'clearance = "Z"'), "aus.toml: clearance"),
        (swap("partners/aus.toml", 'detail = "exact"', 'detail = "all"'), "aus.toml: detail"),
        (swap("partners/aus.toml", '["AUS"]', '["AUS", "NZL"]'), "aus.toml: codes"),
        (swap("partners/aus.toml", '["AUS"]', '["USA"]'), "aus.toml: codes"),
        (swap("partners/aus.toml", '["AUS"]', "[]"), "aus.toml: codes"),
        (swap("partners/aus.toml", "name =", "nmae ="), "aus.toml: name"),
        (swap("partners/aus.toml", "kinds = []", 'kinds = ["crosing"]'), "aus.toml: feed.kinds"),
        (swap("partners/ood.toml", 'clearance = "S"', 'clearance = "TS"'), "ood.toml: clearance"),
        (swap("partners/nato.toml", '"coarse"', '"exact"'), "nato.toml: detail"),
        (swap("agreements/nato-ssa.toml", '["nato"]', '["nata"]'), "nato-ssa.toml: parties.*nata"),
        (
            swap("agreements/nato-ssa.toml", '["public"', '["pubic"'),
            "nato-ssa.toml: sources.*pubic",
        ),
        (swap("agreements/nato-ssa.toml", "2030-06-30", "2019-06-30"), "nato-ssa.toml: effective"),
        (swap("agreements/nato-ssa.toml", "2030-06-30", "soon"), "nato-ssa.toml"),
        (swap("sources/trilateral.toml", "REL TO USA", "SAR-BP//REL TO USA"), "marking: .*SAP"),
        (swap("sources/commercial.toml", '"fra"', '"fro"'), "commercial.toml: licensees.*fro"),
        (swap("sources/public.toml", "catalogue-desk", "desk"), "public.toml: office.*desk"),
        (
            swap("assets/geo-target-c.toml", "trilateral-s", "s"),
            "geo-target-c.toml: exact_under",
        ),
        (swap("assets/geo-target-c.toml", 'host = "JPN"', 'host = "Japan"'), "host: 'Japan' is no"),
        (
            swap("assets/leo-primary-09.toml", '["JPN"]', '["JPN", "jp"]'),
            "payload_owners: 'jp' is no",
        ),
        (
            swap("assets/leo-primary-09.toml", '["JPN"]', '["NOR"]'),
            "equity_offices: JPN holds no equity",
        ),
        (
            swap("assets/leo-primary-09.toml", '"partner-liaison', '"liaison'),
            "equity_offices: no file declares 'liaison",
        ),
        (again("assets/geo-target-c.toml", "assets/second.toml"), "norad_id"),
        (swap("offices/duty-officer.toml", '["catalogue-desk"]', '["x"]'), "alternates.*'x'"),
        (
            swap("offices/duty-officer.toml", '["catalogue-desk"]', '["duty-officer"]'),
            "duty-officer.toml: alternates: it cannot stand in for itself",
        ),
        (
            swap("offices/duty-officer.toml", '["conj', '["urgent", "conj'),
            "duty-officer.toml: topics: a name stands there twice",
        ),
        (swap("offices/duty-officer.toml", "filled = true", "filled = 2"), "filled"),
        (swap("contacts.toml", "= 180", "= 0"), "contacts.toml: stale_after_days"),
        (swap("contacts.toml", '= ["urgent"]', '= ["soon"]'), "urgent_topics: 'soon' is not in"),
        (
            swap("contacts.toml", 'topic = "release requests"', 'topic = "more"'),
            "requests.topic: 'more' is not in",
        ),
        (swap("contacts.toml", "= 10 ", "= 0 "), "contacts.toml: requests.open_at_most"),
        (swap("contacts.toml", "[topics]", "[topics]\nx = ''"), "contacts.toml: topics.x"),
        (swap("release.toml", '"duty-officer"', '"nobody"'), "default_office.*nobody"),
        (
            swap("release.toml", '"liaison-deu"', '"nobody"'),
            "release.toml: owner_offices: DEU: no office 'nobody'",
        ),
        (swap("release.toml", "DEU = ", "deu = "), "owner_offices: 'deu' is no foreign owner"),
        (swap("release.toml", "DEU = ", "GERMANY = "), "owner_offices: 'GERMANY' is no foreign"),
        (swap("release.toml", "DEU = ", "USA = "), "owner_offices: 'USA' is no foreign owner"),
        # Whom a marking conceals nobody stands for.
        (swap("release.toml", "DEU = ", "FGI = "), "owner_offices: 'FGI' is no foreign owner"),
        (swap("release.toml", "[1.0, 5.0, 25.0]", "[5.0, 1.0]"), "grids.miss_distance"),
        (swap("release.toml", "existence_grid_min = 1440", "existence_grid_min = 15"), "multiple"),
        (
            swap("release.toml", "longitude_grid_deg = 10", "longitude_grid_deg = 7"),
            "multiple of it",
        ),
        (swap("register/2022-11-02.toml", '"ALB"', '"NATO"'), "2022-11-02.toml: codes: .*itself"),
        (swap("register/2023-04-04.toml", "edition = 2023", "edition = 2024"), "name of the file"),
        (
            swap("register/2022-11-02.toml", "decomposable = false\nverified", "verified"),
            "members stand",
        ),
        (lambda config: (config / "release.toml").unlink(), "release.toml is missing"),
    ],
)
def test_a_wrong_file_gives_one_line_that_names_it(
    config: Path, change: Callable[[Path], None], named: str
) -> None:
    load_registry(config)
    change(config)
    with pytest.raises(RegistryError, match=named) as caught:
        load_registry(config)
    assert "\n" not in str(caught.value)


def test_the_kinds_of_sources_that_the_sample_speaks_of_exist(registry: Registry) -> None:
    kinds = {source.id: source.kind for source in registry.sources.values()}
    assert kinds == {
        "public": SourceKind.OPEN,
        "synthetic-public": SourceKind.OPEN,
        "commercial": SourceKind.COMMERCIAL,
        "trilateral": SourceKind.SENSOR,
    }


def test_a_configuration_from_before_there_were_contacts_still_loads(config: Path) -> None:
    (config / "contacts.toml").unlink()
    office = config / "offices/duty-officer.toml"
    office.write_text(office.read_text().replace("filled = true\n", ""))
    read = load_registry(config)
    assert read.contacts == ContactRules()
    assert read.offices["duty-officer"].filled


def test_foreign_owners_have_the_offices_that_the_rules_name(config: Path) -> None:
    rules = load_registry(config).rules
    assert rules.office_of("DEU") == "liaison-deu"
    assert rules.office_of("NATO") == "liaison-nato"
    assert [rules.office_of(code) for code in ("FRA", "USA", "FGI", "UNKNOWN")] == [None] * 4


def test_without_offices_of_owners_a_configuration_names_none(config: Path) -> None:
    path = config / "release.toml"
    text = path.read_text()
    start, end = text.index("[owner_offices]"), text.index("[grids]")
    path.write_text(text[:start] + text[end:])
    assert load_registry(config).rules.owner_offices == ()
