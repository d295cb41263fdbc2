"""Laws: whatever a message holds, it is read back as it was written."""

from contextlib import suppress
from dataclasses import replace

from cdm_messages import comments_by_block, sample, values
from hypothesis import given, settings
from hypothesis import strategies as st

from sda.ccsds import Cdm, CdmFormat, Entry, read_cdm_text, write_cdm
from sda.ccsds.keywords import KEYWORDS, Block, Keyword, Kind, Section
from sda.errors import MessageError

letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn"))
texts = st.text(letters, max_size=20).map(str.strip)
units = st.none() | texts
comments = st.lists(texts, max_size=2).map(tuple)
plain = st.integers(-(10**20), 10**20).map(str)
numbers = (
    st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | plain
    | st.sampled_from(["+1.50", ".5", "5.", "007", "-5.087477994865218534e+03", "1E+05", "-0"])
)
probabilities = st.floats(0.0, 1.0).map(repr)
times = st.datetimes().map(lambda time: time.isoformat()) | st.just("2016-366T23:59:60.25")


def value_of(spec: Keyword) -> st.SearchStrategy[str]:
    values = {
        Kind.TEXT: texts.filter(bool),
        Kind.NUMBER: numbers,
        Kind.NUMBERS: st.lists(numbers, min_size=1, max_size=4).map(" ".join),
        Kind.COUNT: st.integers(0, 10**9).map(str),
        Kind.PROBABILITY: probabilities,
        Kind.TIME: times,
        Kind.CHOICE: st.sampled_from(spec.choices or ("",)),
    }[spec.kind]
    if spec.computed or spec.obligatory:
        return values
    return values | st.just("") | (st.just("NaN") if spec.numeric else st.nothing())


@st.composite
def entries(draw: st.DrawFn, section: Section, obj: int | None = None) -> tuple[Entry, ...]:
    """Draw a section: what is obligatory, and some of the rest."""
    found = []
    optional = draw(st.sets(st.sampled_from(KEYWORDS), max_size=30))
    alternate = any(spec.block is Block.ALTERNATE for spec in optional)
    for spec in KEYWORDS:
        wanted = spec.obligatory or spec in optional or (spec.name == "CX_X" and alternate)
        if spec.section is section and wanted:
            standard = st.none() | st.just(spec.unit) if spec.computed else units
            found.append(
                Entry(
                    spec.name,
                    f"OBJECT{obj}" if spec.name == "OBJECT" else draw(value_of(spec)),
                    draw(standard) if spec.numeric else None,
                    draw(comments),
                    0,
                    spec.block is Block.ALTERNATE and spec.name in _RTN,
                )
            )
    return tuple(found)


_RTN = {one.name for one in KEYWORDS if one.block is Block.COVARIANCE}
parameters = st.from_regex(r"\AUSER_DEFINED_[A-Z0-9_.<&\"-]+\Z")
users = st.dictionaries(parameters, st.tuples(texts, comments), max_size=3).map(
    lambda drawn: tuple(Entry(name, value, None, c) for name, (value, c) in drawn.items())
)
messages = st.builds(
    Cdm,
    st.sampled_from(["1.0", "2.0"]),
    entries(Section.HEADER),
    entries(Section.RELATIVE),
    entries(Section.OBJECT, 1),
    entries(Section.OBJECT, 2),
    users,
    comments,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(messages, min_size=1, max_size=2), st.permutations(CdmFormat))
def test_any_message_survives_any_chain_of_formats(drawn, chain):
    there = tuple(drawn)
    for format in chain:
        back = read_cdm_text(write_cdm(there, format), "drawn")
        if format is CdmFormat.XML:
            assert list(map(comments_by_block, back)) == list(map(comments_by_block, there))
            assert list(map(values, back)) == list(map(values, there))
        else:
            assert back == there
        there = back
    assert list(map(values, there)) == list(map(values, drawn))


@given(texts, comments)
def test_any_text_stands_anywhere_a_text_may(text, said):
    cdm = sample()
    header = tuple(
        replace(one, value=text or "-", comments=said) if one.keyword == "ORIGINATOR" else one
        for one in cdm.header
    )
    changed = replace(cdm, header=header)
    for format in (CdmFormat.KVN, CdmFormat.JSON):
        assert read_cdm_text(write_cdm([changed], format), "drawn") == (changed,)


@given(st.text(max_size=400) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_no_text_whatever_raises_but_a_message_error(text):
    for start in ("", "{", "<cdm ", "CCSDS_CDM_VERS = 1.0\n"):
        with suppress(MessageError):
            read_cdm_text(start + text, "drawn")
