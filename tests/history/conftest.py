"""What was analysed, for tests that count it."""

import pytest

from imu_ankle.analysis import analyze


@pytest.fixture
def analysed(monkeypatch):
    """Return the list of files that were analysed for the history."""
    seen = []

    def counted(recording):
        seen.append(recording.file)
        return analyze(recording)

    monkeypatch.setattr("imu_ankle.history.scores.analyze", counted)
    return seen
