"""Filters against the general design of scipy."""

import pytest
from scipy.signal import butter

from imu_ankle.core.signal.filters import _lowpass_sos


@pytest.mark.parametrize("rate_hz", [25.0, 49.9133, 104.00000000000453, 208.0, 416.0, 1600.0])
@pytest.mark.parametrize("cutoff_hz", [0.5, 2.0, 3.5, 10.0])
def test_the_closed_form_is_scipys_butterworth(cutoff_hz, rate_hz):
    expected = butter(2, cutoff_hz, fs=rate_hz, output="sos")
    assert _lowpass_sos(cutoff_hz, rate_hz) == pytest.approx(expected, rel=1e-9, abs=1e-15)
