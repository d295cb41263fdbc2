"""Weigh close approaches, and the errors of what they are computed from."""

from sda.risk.config import CovarianceConfig, MeasuringConfig
from sda.risk.differencing import errors_of
from sda.risk.element_errors import (
    ElementErrors,
    ErrorAt,
    ErrorOrigin,
    Errors,
    Measured,
    axis_errors_km,
    range_sigma_km,
)
from sda.risk.probability import dilution_km, max_probability, probability_2d
from sda.risk.state_covariance import covariance_ric, covariances_ric

__all__ = [
    "CovarianceConfig",
    "ElementErrors",
    "ErrorAt",
    "ErrorOrigin",
    "Errors",
    "Measured",
    "MeasuringConfig",
    "axis_errors_km",
    "covariance_ric",
    "covariances_ric",
    "dilution_km",
    "errors_of",
    "max_probability",
    "probability_2d",
    "range_sigma_km",
]
