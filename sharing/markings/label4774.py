"""The confidentiality label of NATO for an item, bound to its bytes by their digest.

The label is that of STANAG 4774 (ADatP-4774, namespace urn:nato:stanag:4774:...:1:0), the binding
a detached one in the manner of STANAG 4778 (ADatP-4778): a reference to the item with its SHA-256.
The label binds the item by digest, it is not signed: who must not trust the road signs the whole.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from sda.times import format_utc
from sharing.markings.marking import Classification, Marking
from sharing.markings.rules import require_legal

__all__ = ["bind_label", "binding_fault"]

_LABEL: Final = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
_BINDING: Final = "urn:nato:stanag:4778:bindinginformation:1:0"
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_SHA_256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"


def bind_label(
    marking: Marking,
    item: bytes,
    uri: str,
    created: datetime,
    review: datetime | None = None,
    originator: Marking | None = None,
    exercise: bool = False,
) -> str:
    """Return the label of a released item as XML, bound to its bytes.

    `marking` is what the recipient reads. Where the originator's own differs it is given, too: then
    that is the originatorConfidentialityLabel, and the recipient's the alternative one. What is of
    an `exercise` says so as an informative category.
    Raises MarkingError for a marking that a rule forbids.
    """
    for one in (marking, originator or marking):
        require_legal(one)
    named = {"originatorConfidentialityLabel": originator or marking}
    if originator is not None and originator != marking:
        named["alternativeConfidentialityLabel"] = marking
    labels = [_label(name, one, created, review, exercise) for name, one in named.items()]
    digest = b64encode(sha256(item).digest()).decode("ascii")
    metadata = "".join(f"<mb:Metadata>{label}</mb:Metadata>" for label in labels)
    return (
        f'<mb:BindingInformation xmlns:mb="{_BINDING}" xmlns:slab="{_LABEL}" '
        f'xmlns:ds="{_SIGNATURE}"><mb:MetadataBindingContainer><mb:MetadataBinding>{metadata}'
        f"<mb:DataReference URI={quoteattr(uri)}>"
        f'<ds:DigestMethod Algorithm="{_SHA_256}"/><ds:DigestValue>{digest}</ds:DigestValue>'
        "</mb:DataReference></mb:MetadataBinding></mb:MetadataBindingContainer>"
        "</mb:BindingInformation>\n"
    )


def binding_fault(xml: str, item: bytes) -> str | None:
    """Return what is wrong when a label is not bound to these bytes, None when it is."""
    found: dict[str, list[str]] = {}
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if name == f"{_SIGNATURE} DigestMethod":
            found.setdefault("method", []).append(attributes.get("Algorithm", ""))
        if name == f"{_SIGNATURE} DigestValue":
            found.setdefault("digest", []).append("")

    def text(data: str) -> None:
        if path[-1] == f"{_SIGNATURE} DigestValue":
            found["digest"][-1] += data

    def end(name: str) -> None:
        path.pop()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        return f"the label is no XML: {error}"
    if len(found.get("digest", ())) != 1:
        return "the label binds no data, or several: it must hold one DigestValue"
    if found.get("method") != [_SHA_256]:
        return f"the digest is not {_SHA_256}: it cannot be checked here"
    expected = b64encode(sha256(item).digest()).decode("ascii")
    if "".join(found["digest"][0].split()) != expected:
        return f"the label is bound to other bytes: their SHA-256 is {expected}"
    return None


def _label(
    element: str, marking: Marking, created: datetime, review: datetime | None, exercise: bool
) -> str:
    policy = "JOINT" if marking.joint else " ".join(marking.owners)
    review_time = (
        f"<slab:ReviewDateTime>{format_utc(review)}</slab:ReviewDateTime>" if review else ""
    )
    return (
        f"<slab:{element}><slab:ConfidentialityInformation>"
        f"<slab:PolicyIdentifier>{escape(policy)}</slab:PolicyIdentifier>"
        f"<slab:Classification>{_classification(marking)}</slab:Classification>"
        f"{''.join(_categories(marking, exercise))}"
        "</slab:ConfidentialityInformation>"
        f"<slab:CreationDateTime>{format_utc(created)}</slab:CreationDateTime>{review_time}"
        f"</slab:{element}>"
    )


def _classification(marking: Marking) -> str:
    if marking.owners == ("NATO",) and marking.classification is Classification.TS:
        return "COSMIC TOP SECRET"
    return marking.classification.word


def _categories(marking: Marking, exercise: bool) -> Iterator[str]:
    """Yield each list as a category: permissive ones widen, restrictive ones narrow."""
    lists = (
        ("Releasable To", "PERMISSIVE", marking.releasable_to),
        ("Display Only", "PERMISSIVE", marking.display_only_to),
        ("Context", "INFORMATIVE", marking.owners if marking.joint else ()),
        ("Special Category Designators", "RESTRICTIVE", (*marking.sci, *marking.nato_controls)),
        ("FGI", "RESTRICTIVE", marking.fgi_open or (("FGI",) if marking.fgi_protected else ())),
        ("Dissemination", "RESTRICTIVE", _restrictions(marking)),
        ("Non-IC", "RESTRICTIVE", marking.non_ic),
        ("CUI", "RESTRICTIVE", _cui(marking)),
        ("Handling", "RESTRICTIVE", _handling(marking)),
        ("Administrative", "INFORMATIVE", ("EXERCISE",) if exercise else ()),
    )
    for name, kind, values in lists:
        if values:
            inside = "".join(
                f"<slab:GenericValue>{escape(one)}</slab:GenericValue>" for one in values
            )
            yield f'<slab:Category TagName={quoteattr(name)} Type="{kind}">{inside}</slab:Category>'


def _restrictions(marking: Marking) -> tuple[str, ...]:
    return tuple(one for one in marking.dissemination if one not in ("REL", "DISPLAYONLY"))


def _handling(marking: Marking) -> tuple[str, ...]:
    via = f"HVCO {marking.channels}"
    return tuple(via if one == "HVCO" else one for one in marking.second_line)


def _cui(marking: Marking) -> tuple[str, ...]:
    names = (*(f"SP-{name}" for name in marking.cui_specified), *marking.cui_basic)
    return names or (("CUI",) if marking.cui else ())
