"""Take messages as solutions of the events of a window: of each the newest, by source and marking.

Of which markings a reader may see the newest, and so which message it is shown, is decided later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

import numpy as np
from sqlalchemy import Engine

from sda.ccsds.close_approaches import approach_of
from sda.jobs.catalogues import Unused
from sda.model import CloseApproach
from sda.risk.config import RiskConfig
from sda.screening import ScreeningConfig
from sda.store import Message, Messages

__all__ = ["Told", "messages_told", "weighed"]


@dataclass(frozen=True, slots=True)
class Told:
    """What one source's messages make a solution of: of each event the last of each marking."""

    source: str
    messages: tuple[Message, ...]
    """The one created last first."""

    @property
    def solution(self) -> str:
        """Return the name of the solution."""
        return f"cdm-{self.source}"


def messages_told(
    engine: Engine,
    sources: Sequence[str],
    at: datetime,
    hours: float,
    same_event: timedelta,
) -> tuple[Told, ...]:
    """Return, by source, the messages of a window that starts at a time, as known at that time.

    Events of a pair are told apart as far as messages are: those of one source whose times lie
    within `same_event` are revisions of one, and the last created stands. Under another marking an
    older one stands as well, for those who may not see the newer.
    """
    end = at + timedelta(hours=hours)
    # A revision may have moved a time across an end of the window.
    found = Messages(engine).between(at - same_event, end + same_event, at, sources)
    told = []
    for source in sorted({one.source for one in found}):
        standing = _newest((one for one in found if one.source == source), same_event)
        inside = [one for one in standing if at <= one.tca <= end]
        if inside:
            told.append(Told(source, tuple(inside)))
    return tuple(told)


def weighed(
    told: Told, screening: ScreeningConfig, risk: RiskConfig
) -> tuple[tuple[CloseApproach, ...], tuple[Unused, ...]]:
    """Return the close approaches of messages, in their order, and what was left out and why."""
    approaches: list[CloseApproach] = []
    unused: list[Unused] = []
    for one in told.messages:
        try:
            # Others' numbers may be beyond all reason: that costs their message, and not the run.
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                approach = approach_of(one.cdm(), screening, risk, one.marking)
        except (ValueError, ArithmeticError) as error:
            unused.append((one.norad_id_1, f"message {one.message_id} cannot be weighed: {error}"))
        else:
            approaches.append(approach)
    return tuple(approaches), tuple(unused)


def _newest(messages: Iterable[Message], same_event: timedelta) -> list[Message]:
    standing: list[Message] = []
    taken: dict[tuple[int, int, tuple[str, ...]], list[datetime]] = {}
    for one in sorted(messages, key=attrgetter("created", "message_id", "digest"), reverse=True):
        times = taken.setdefault((one.norad_id_1, one.norad_id_2, one.markings), [])
        if all(abs(one.tca - time) > same_event for time in times):
            times.append(one.tca)
            standing.append(one)
    return standing
