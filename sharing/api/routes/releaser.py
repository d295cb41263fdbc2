"""What the releasing offices see and decide over HTTP, as `tearline review` and `explain` do.

A key speaks for its own office alone. No key of a partner comes this far.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from sda.errors import CatalogueError
from sharing.api.access import Answering, Officer, Serving, needs
from sharing.api.answers import answer_json
from sharing.api.bodies import describe_body, sent
from sharing.api.office_shapes import CaseOut, CasesOut, ExplainOut, KeysOut
from sharing.api.problems import ProblemError, described
from sharing.api.service import Service
from sharing.credentials import list_keys
from sharing.deciding import decided_at, latest_run
from sharing.errors import FeedError, PolicyError, RegistryError, ReviewError
from sharing.inquiry import inquire, inquiry_document
from sharing.review import (
    State,
    Verdict,
    approve,
    case_document,
    cases,
    refuse,
    state_of,
    verdicts,
)

__all__ = ["Everything", "ForOffice", "router"]

router = APIRouter(prefix="/v1/releaser", tags=["releaser"])

ForOffice = Annotated[str | None, Query(max_length=64, description="For this office.")]
Everything = Annotated[
    bool, Query(alias="all", description="Also what is answered, expired or settled.")
]

CaseId = Annotated[str, Path(max_length=64, description="Case, as the list names it.")]


class Said(BaseModel):
    """What an office says of a case."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"partner": "aus"}]})

    partner: Annotated[str, Field(max_length=64)] = Field(
        "", description="For this partner alone; without it, for all."
    )
    reason: Annotated[str, Field(max_length=1000)] = Field("", description="Kept in the log.")


class Approved(Said):
    """What an office approves, and until when."""

    until: AwareDatetime | None = Field(None, description="When it lapses; without it, at the TCA.")


_ToApprove = Annotated[Approved, Depends(sent(Approved))]
_ToRefuse = Annotated[Said, Depends(sent(Said))]


@router.get(
    "/cases",
    summary="List what waits for a review, the most urgent first",
    response_model=CasesOut,
    dependencies=[Depends(needs("cases:read"))],
)
def list_cases(
    request: Request,
    officer: Answering,
    service: Serving,
    office: ForOffice = None,
    everything: Everything = False,
) -> Response:
    """Return cases of all offices, each with its state and the log of what was said of it."""
    shown = [
        one
        for one in _documents(service)
        if (everything or one["state"] == State.WAITING) and office in (None, *one["offices"])
    ]
    return answer_json(request, {"cases": shown, "exercise": service.exercise})


@router.post(
    "/cases/{case}/approval",
    summary="Approve a case for your office",
    response_model=CaseOut,
    dependencies=[Depends(needs("cases:decide"))],
    responses=described(404, 409, 413),
    openapi_extra=describe_body(Approved),
)
def approve_case(
    request: Request, officer: Answering, service: Serving, case: CaseId, said: _ToApprove
) -> Response:
    """Let the next publication show what is held, as far as policy allows it otherwise."""
    partner = _partner(said.partner, officer)

    def decide(now: datetime) -> Verdict:
        return approve(
            service.database, case, officer.office.id, now, said.until, partner, said.reason
        )

    return _decided(request, service, officer, case, decide)


@router.post(
    "/cases/{case}/refusal",
    summary="Refuse a case for your office",
    response_model=CaseOut,
    dependencies=[Depends(needs("cases:decide"))],
    responses=described(404, 409, 413),
    openapi_extra=describe_body(Said),
)
def refuse_case(
    request: Request, officer: Answering, service: Serving, case: CaseId, said: _ToRefuse
) -> Response:
    """Keep withheld what is held; what your office approved ends with the next publication."""
    partner = _partner(said.partner, officer)

    def decide(now: datetime) -> Verdict:
        return refuse(service.database, case, officer.office.id, now, partner, said.reason)

    return _decided(request, service, officer, case, decide)


@router.get(
    "/explain",
    summary="Explain why a partner gets what it gets",
    response_model=ExplainOut,
    dependencies=[Depends(needs("explain:read"))],
    responses=described(404),
)
def explain(
    request: Request,
    officer: Answering,
    service: Serving,
    item: Annotated[
        str, Query(max_length=128, description="Item of the partner's feed, or N1,N2@TCA.")
    ],
    partner: Annotated[str, Query(max_length=64, description="Partner in the configuration.")],
) -> Response:
    """Return decisions, policies and the smallest changes that would release more, by office."""
    registry, policy = service.policies.in_force()
    try:
        run = latest_run(service.database)
        at = decided_at(service.database, run)
        kept = service.policies.invariants()
        found = inquire(service.database, run, item, partner, registry, policy, at, invariants=kept)
    except (CatalogueError, FeedError, PolicyError, RegistryError) as error:
        raise ProblemError(404, str(error)) from None
    return answer_json(request, {**inquiry_document(found), "exercise": service.exercise})


@router.get(
    "/keys",
    summary="List keys, without the keys themselves",
    response_model=KeysOut,
    dependencies=[Depends(needs("keys:read"))],
)
def list_all_keys(request: Request, officer: Answering, service: Serving) -> Response:
    """Return all keys of partners and offices, the oldest first."""
    shown = [key.document() for key in list_keys(service.database)]
    return answer_json(request, {"keys": shown, "exercise": service.exercise})


def _documents(service: Service) -> list[dict[str, Any]]:
    log, now = verdicts(service.database), service.clock()
    found = []
    for case in cases(service.database):
        said = [one for one in log if one.case_id == case.case_id]
        found.append(case_document(case, state_of(case, said, now), said))
    return found


def _partner(partner: str, officer: Officer) -> str:
    if partner and partner not in officer.registry.partners:
        known = ", ".join(officer.registry.partners)
        raise ProblemError(422, f"no partner {partner!r}: choose of {known}")
    return partner


def _decided(
    request: Request,
    service: Service,
    officer: Officer,
    case: str,
    decide: Callable[[datetime], Verdict],
) -> Response:
    """Decide, and return the case as it then stands."""
    offices = next((one.offices for one in cases(service.database) if one.case_id == case), None)
    if offices is None:
        raise ProblemError(404, "there is no such case: GET /v1/releaser/cases lists them")
    if officer.office.id not in offices:
        raise ProblemError(403, f"the case is for {' and '.join(offices)}, not for your office")
    try:
        decide(service.clock())
    except ReviewError as error:
        raise ProblemError(409, str(error)) from None
    (shown,) = (one for one in _documents(service) if one["case"] == case)
    return answer_json(request, {**shown, "exercise": service.exercise})
