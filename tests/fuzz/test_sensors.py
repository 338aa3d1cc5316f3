"""Whatever a sensor sends, its decoder gives samples or PayloadError; every sensor of the registry."""

import importlib
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_ankle.core.errors import PayloadError
from imu_ankle.sensors import SENSORS
from imu_ankle.sensors.protocol import Format
from tests.fuzz.mutants import mangled, tries
from tests.sensors.test_decoders import VALID

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def formats(sensor):
    """Return what a sensor may have answered."""
    return st.builds(
        Format,
        rate_hz=st.sampled_from([float(rate) for rate in sensor.rates_hz]),
        acc_range_g=st.sampled_from([float(g) for g in sensor.acc_ranges_g]),
        gyr_range_dps=st.sampled_from([float(w) for w in sensor.gyr_ranges_dps]),
        acc_mps2_per_count=st.sampled_from([1.0, 0.0047884, 1e-6, 1e6]),
        gyr_dps_per_count=st.sampled_from([1.0, 0.07, 1e-6, 1e6]),
    )


def characteristics(key):
    """Return every UUID that the sensor's module names."""
    module = importlib.import_module(f"imu_ankle.sensors.{key.replace('-', '_')}")
    return sorted(v for v in vars(module).values() if isinstance(v, str) and UUID.fullmatch(v))


@pytest.mark.parametrize("key", SENSORS)
@tries(120)
@given(data=st.data())
def test_decoders(key, data):
    sensor, uuids = SENSORS[key], characteristics(key)
    assert len(uuids) >= 2
    decoder = sensor.decoder(data.draw(formats(sensor)))
    for _ in range(data.draw(st.integers(1, 6))):
        payload = data.draw(
            st.one_of(
                st.sampled_from(VALID[key]),
                st.sampled_from(VALID[key]).flatmap(mangled).map(lambda made: made[:600]),
                st.binary(max_size=260),
            )
        )
        try:
            batches = decoder.feed(data.draw(st.sampled_from(uuids)), payload)
        except PayloadError:
            continue
        for batch in batches:
            assert batch.acc_mps2.shape == batch.gyr_dps.shape == (len(batch), 3)
            assert np.isfinite(batch.acc_mps2).all()
            assert np.isfinite(batch.gyr_dps).all()
            if sensor.counters is None:
                assert batch.tick is None
            else:
                assert batch.tick is not None
                assert 0 <= batch.tick < 2**sensor.counters.tick_bits
            assert len(batch) <= 512  # more than any packet has bytes
