"""Keep certificates of public derivability, and what the examination of a run found.

For the releaser alone: nothing here is read when a partner is served, or when anything is decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from sqlalchemy import Engine, insert, select

from sda.store import writing
from sharing.release.derivability import Certificate, read_certificate
from sharing.schema import certificates, examinations

__all__ = ["Examination", "certificates_of", "examination_of", "keep_examination"]


@dataclass(frozen=True, slots=True)
class Examination:
    """What the newest examination of a run found; counts are of events, by partner, none left out.

    `withheld` are events with a certificate that a partner is not shown with their miss distance;
    `silent` are those that any public user would derive, certified or of an open solution, of which
    its releases say nothing at all.
    """

    run_id: str
    n_examined: int = 0
    """Approaches of marked solutions that not every partner sees exactly."""
    certified: tuple[str, ...] = ()
    """Digests of the certificates that hold."""
    withheld: Mapping[str, int] = field(default_factory=dict)
    silent: Mapping[str, int] = field(default_factory=dict)
    fault: str = ""
    """Why it could not be made."""

    def document(self) -> dict[str, Any]:
        """Return it in figures, ready for JSON."""
        return {
            "run_id": self.run_id,
            "n_examined": self.n_examined,
            "n_derivable": len(self.certified),
            "withheld_though_derivable": dict(self.withheld),
            "conspicuously_silent": dict(self.silent),
            "fault": self.fault or None,
        }


def keep_examination(engine: Engine, found: Examination, made: Sequence[Certificate]) -> None:
    """Keep what was found of a run in the place of what was; what is kept already writes nothing.

    Certificates are added and never changed: those of `found.certified` hold.
    """
    findings = orjson.dumps(asdict(found), option=orjson.OPT_SORT_KEYS).decode()
    known = select(certificates.c.digest).where(certificates.c.run_id == found.run_id)
    of_run = examinations.c.run_id == found.run_id
    with writing(engine) as connection:
        kept = {*connection.scalars(known)}
        rows = [
            {
                "digest": one.digest,
                "run_id": one.run_id,
                "norad_id_1": one.pair[0],
                "norad_id_2": one.pair[1],
                "certificate": one.text,
            }
            for one in made
            if one.digest not in kept
        ]
        if rows:
            connection.execute(insert(certificates), rows)
        before = connection.scalar(select(examinations.c.findings).where(of_run))
        if before is None:
            row = {"run_id": found.run_id, "findings": findings}
            connection.execute(insert(examinations), [row])
        elif before != findings:
            connection.execute(examinations.update().where(of_run).values(findings=findings))


def examination_of(engine: Engine, run_id: str) -> Examination | None:
    """Return what the newest examination of a run found, None where there was none."""
    query = select(examinations.c.findings).where(examinations.c.run_id == run_id)
    with engine.connect() as connection:
        findings = connection.scalar(query)
    if findings is None:
        return None
    said = orjson.loads(findings)
    return Examination(**{**said, "certified": tuple(said["certified"])})


def certificates_of(engine: Engine, run_id: str, pair: tuple[int, int]) -> tuple[Certificate, ...]:
    """Return the certificates that hold of a pair in a run, by solution and time."""
    examination = examination_of(engine, run_id)
    holding = {bytes.fromhex(one) for one in examination.certified} if examination else set()
    query = select(certificates.c.digest, certificates.c.certificate).where(
        certificates.c.run_id == run_id,
        certificates.c.norad_id_1 == pair[0],
        certificates.c.norad_id_2 == pair[1],
    )
    with engine.connect() as connection:
        found = [
            read_certificate(row.certificate)
            for row in connection.execute(query)
            if row.digest in holding
        ]
    return tuple(sorted(found, key=lambda one: (one.solution, one.tca)))
