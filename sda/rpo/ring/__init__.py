"""Follow objects along the geostationary ring."""
