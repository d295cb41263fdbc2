import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sda.risk import max_probability

five_digits_of_1e_4 = 5e-9
one_in_a_thousand = 1e-3


def test_reference_value_of_alfano_to_first_order():
    found = max_probability(1.0, combined_radius_m=10.0, aspect_ratio=3.0)
    assert found == pytest.approx(1.1036e-4, abs=five_digits_of_1e_4)


def test_it_is_the_maximum_over_covariance_size_of_the_two_dimensional_probability():
    radius_m, miss_m, aspect = 10.0, 1000.0, 3.0
    sigma_m = np.linspace(100.0, 600.0, 5001)
    # Density at the primary's centre times the area of the disc, major axis along the miss.
    density = np.exp(-(miss_m**2) / (2 * (aspect * sigma_m) ** 2)) / (
        2 * np.pi * aspect * sigma_m**2
    )
    peak = (np.pi * radius_m**2 * density).max()
    assert max_probability(1.0, radius_m, aspect) == pytest.approx(peak, rel=one_in_a_thousand)


@given(miss_km=st.floats(0, 1e6), radius_m=st.floats(1e-3, 1e3), aspect=st.floats(1, 100))
def test_it_is_a_probability_and_falls_with_distance(miss_km, radius_m, aspect):
    near, far = max_probability([miss_km, miss_km + 1], radius_m, aspect)
    assert 0 <= far <= near <= 1


def test_a_miss_of_zero_gives_one():
    assert max_probability(0.0, 10.0, 3.0) == 1.0
