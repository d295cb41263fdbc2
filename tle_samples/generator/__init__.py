"""Draw the synthetic EXERCISE scenario: tracks, element sets with noise, and the truth.

Everything is computed in the space of SGP4's own mean elements. An orbit is one set of them;
a track is a chain of orbits joined by burns; what is published is a track seen at some epochs
with the noise of its regime. Times are days after `mean.START`, lengths km, angles rad.
"""
