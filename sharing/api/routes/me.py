"""What the partner that asks is to us."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from sda.times import format_utc
from sharing.api.access import Asking, Caller, Serving, needs
from sharing.api.answers import answer_json
from sharing.api.routes.feed import DEFAULT_PAGE, LARGEST_PAGE
from sharing.api.service import Service
from sharing.api.shapes import MeOut

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["me"], dependencies=[Depends(needs("me:read"))])


@router.get(
    "/me", summary="See who you are to us, and under which agreements", response_model=MeOut
)
def me(request: Request, caller: Asking, service: Serving) -> Response:
    """Return the partner, its agreements, the key in use and the limits."""
    return answer_json(request, _about(caller, service))


def _about(caller: Caller, service: Service) -> dict[str, Any]:
    partner = caller.partner
    agreements = caller.registry.agreements
    return {
        "partner": partner.id,
        "name": partner.name,
        "agreements": [agreements[name].title for name in partner.agreements],
        "key": {
            "id": caller.key_id,
            "expires": format_utc(caller.expires),
            "scopes": sorted(caller.scopes),
        },
        "limits": {
            "page_default": DEFAULT_PAGE,
            "page_max": LARGEST_PAGE,
            "requests_per_minute": service.asked.quota,
        },
        "exercise": service.exercise,
    }
