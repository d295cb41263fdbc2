"""Draw what detection finds: one module a figure, each a pure function to a plotly figure.

The notebooks and the page draw with the same code. No figure needs the network: the Earth is
our own graticule and sphere, never one of plotly's maps.
"""

from sda.plots.element_history import element_history
from sda.plots.ground_track import ground_track
from sda.plots.longitude_history import longitude_history
from sda.plots.neighbours import neighbours
from sda.plots.orbit_globe import orbit_globe
from sda.plots.range_history import range_history

__all__ = [
    "element_history",
    "ground_track",
    "longitude_history",
    "neighbours",
    "orbit_globe",
    "range_history",
]
