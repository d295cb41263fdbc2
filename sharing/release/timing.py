"""When time alone changes a decision: bands, as a partner may tell them, and agreements that lapse.

All is told from times on the grid, so that nothing finer shows.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sda.times import require_utc
from sharing.policy import BAND_STARTS, Band, Engine, band_at
from sharing.registry import Partner, Registry, ReleaseRules
from sharing.release.grids import time_on_grid

__all__ = ["NEVER", "Timing", "next_lapse"]

NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Timing:
    """The bands of one moment. Raises TimeError for a naive time."""

    def __init__(self, rules: ReleaseRules, now: datetime) -> None:
        self.now = require_utc(now)
        self._rules = rules
        self._bands: dict[tuple[datetime, int], Band] = {}
        self._changes: dict[tuple[datetime, bool], datetime] = {}

    def band(self, tca: datetime, grid_min: int) -> Band:
        """Return the band by the time on the grid, so that its change tells nothing finer."""
        start = time_on_grid(tca, grid_min)
        key = (start, grid_min)
        band = self._bands.get(key)
        if band is None:
            band = band_at(self.now, start)
            if band is Band.PAST and self.now < start + timedelta(minutes=grid_min):
                band = Band.UNDER_24H
            self._bands[key] = band
        return band

    def next_change(self, tca: datetime, is_contact: bool) -> datetime:
        """Return the earliest time at which time alone may change the decision.

        It is computed from the time on the grid that the partner may know. Of a contact it may
        know the day alone, so while a change may fall into a day, each step of the time grid
        is due.
        """
        rules = self._rules
        start = tca if is_contact else time_on_grid(tca, rules.time_grid_min)
        key = (start, is_contact)
        found = self._changes.get(key)
        if found is None:
            step = timedelta(minutes=rules.time_grid_min)
            length = timedelta(minutes=rules.existence_grid_min) if is_contact else step
            spread = length if is_contact else timedelta(0)
            changes = [start + offset for offset, _ in BAND_STARTS[:-1]]
            end = start + length
            changes += [end - spread, end + timedelta(days=rules.close_after_days)]
            due = []
            for change in changes:
                if self.now < change:
                    due.append(change)
                elif self.now < change + spread:
                    due.append(time_on_grid(self.now, rules.time_grid_min) + step)
            found = self._changes[key] = min(due, default=NEVER)
        return found


def next_lapse(partner: Partner, registry: Registry, engine: Engine, day: date) -> datetime:
    """Return when the next agreement of a partner, or the next permit, begins or lapses."""
    agreements = [registry.agreements[name] for name in partner.agreements]
    days = [
        boundary
        for agreement in agreements
        for boundary in (agreement.effective, agreement.expires, agreement.review)
    ]
    days += [policy.review for policy in engine.policies.values() if policy.is_permit]
    ahead = [boundary for boundary in days if boundary > day]
    return datetime.combine(min(ahead), time(), UTC) if ahead else NEVER
