"""What the offices see of requests, and how one of them answers, by command or over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sharing.contacts import office_for
from sharing.registry import Registry
from sharing.requests.book import Listed, answer_request, standing_requests
from sharing.requests.request import State, cases_for
from sharing.review import Case, cases

__all__ = ["Matter", "answer_matter", "find_matter", "matters"]


@dataclass(frozen=True, slots=True)
class Matter:
    """A request beside its item, and the cases of its event that its partner waits in."""

    listed: Listed
    held: tuple[Case, ...]

    def concerned(self, registry: Registry, now: datetime) -> frozenset[str]:
        """Return whose turn it is while it is open.

        The office that was asked, who stands in for it today, and those that have to approve a case
        that its partner waits in.
        """
        asked = self.listed.request.office
        stands_in = office_for(registry, now, named=asked).office.id
        approving = (office for case in self.held for office in case.offices)
        return frozenset({asked, stands_in, *approving})

    def entitled(self, registry: Registry, now: datetime) -> frozenset[str]:
        """Return who may answer while it is open: the office of last resort, too."""
        return self.concerned(registry, now) | {registry.rules.default_office}

    def answering(self, registry: Registry, now: datetime) -> tuple[str, ...]:
        """Return the offices that may answer now; none once it is answered or has expired."""
        is_open = self.listed.request.state(now) is State.OPEN
        return tuple(sorted(self.entitled(registry, now))) if is_open else ()


def matters(
    engine: Engine,
    registry: Registry,
    now: datetime,
    office: str | None = None,
    everything: bool = False,
) -> tuple[Matter, ...]:
    """Return the requests of all partners that are open, the first to expire first.

    With an office, only those that concern it; with everything, those that are closed, too.
    """
    return tuple(
        one
        for one in _matters(engine, registry)
        if (everything or one.listed.request.state(now) is State.OPEN)
        and (office is None or office in one.concerned(registry, now))
    )


def find_matter(engine: Engine, registry: Registry, request_id: str) -> Matter | None:
    """Return a request by its id, None where there is none such."""
    found = (
        one for one in _matters(engine, registry) if one.listed.request.request_id == request_id
    )
    return next(found, None)


def answer_matter(
    engine: Engine, matter: Matter, office: str, text: str | None, registry: Registry, now: datetime
) -> Matter:
    """Close a request for an office and return it as it then stands.

    Without a text its partner reads the one of config/contacts.toml. Raises ReviewError for one
    of another office, or one that was answered or has expired.
    """
    rules, request = registry.contacts.requests, matter.listed.request
    done = answer_request(
        engine,
        request.request_id,
        office,
        matter.entitled(registry, now),
        rules.answer if text is None else text,
        timedelta(hours=rules.answer_step_hours),
        now,
    )
    return replace(matter, listed=replace(matter.listed, request=done))


def _matters(engine: Engine, registry: Registry) -> Sequence[Matter]:
    standing = standing_requests(engine)
    known = cases(engine) if standing else ()
    rules = registry.rules
    return [Matter(one, cases_for(one.request, one.subject, known, rules)) for one in standing]
