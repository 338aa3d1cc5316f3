"""Fixtures: a private data home for every test, and the recordings of others where they stand."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


def pytest_xdist_auto_num_workers(config):
    """Let three tests share two cores: radios, browsers and notebooks in real time mostly wait."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def real_data() -> Path:
    from tests.people import others_folder

    folder = others_folder()
    if folder is None:
        pytest.skip("IMU_ANKLE_TEST_DATA names no folder with recordings of others")
    return folder


@pytest.fixture(scope="session")
def project() -> Path:
    return Path(__file__).parent.parent
