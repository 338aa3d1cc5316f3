"""What was analysed, for tests that count it."""

import pytest

from imu_ankle.analysis.pipeline import run_analysis
from imu_ankle.history.store import History
from tests.history.personal import fill_personal


@pytest.fixture
def analysed(monkeypatch):
    """Return the list of files that were analysed for the history."""
    seen = []

    def counted(recording):
        seen.append(recording.file)
        return run_analysis(recording)

    monkeypatch.setattr("imu_ankle.history.scores.run_analysis", counted)
    return seen


@pytest.fixture(scope="session")
def there(tmp_path_factory):
    """Return a data home full of personal things, scored."""
    folder = tmp_path_factory.mktemp("personal") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMU_ANKLE_HOME", str(folder))
        fill_personal(folder)
        History(folder).close()
    return folder


@pytest.fixture
def personal(there, monkeypatch):
    monkeypatch.setenv("IMU_ANKLE_HOME", str(there))
    with History(there) as opened:
        assert opened.refreshed.scored == 0
        yield opened
