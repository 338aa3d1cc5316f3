"""Data homes with quick, real recordings."""

from datetime import datetime, timedelta, timezone

from imu_ankle.core.options import Eyes, Side, Surface
from imu_ankle.core.recording import Condition, SensorInfo, Sidecar
from imu_ankle.history.sessions import place_trial
from imu_ankle.io.csvfile import write_recording
from tests.helpers import BALANCE, changed, stance_only

CET = timezone(timedelta(hours=1))
FIRST = datetime(2026, 9, 6, 18, 0, tzinfo=CET)


def record(home, start, side="left", athlete="anna", *, seed=1, sway=1.0, **known):
    """Write a balance trial of 9 s where `imu-ankle record` would; return its CSV."""
    place = place_trial(athlete, BALANCE, side, start, home=home)
    sidecar = Sidecar(
        exercise=BALANCE,
        side=Side(side),
        started_at=start.isoformat(),
        simulated=True,
        condition=Condition(eyes=Eyes.OPEN, surface=Surface.FLOOR, shoe="trail"),
        sensor=SensorInfo(model="AnkleIMU"),
        extra={"athlete": athlete, "of_another_program": [1, 2]},
        **known,
    )
    still = stance_only(seconds=9.0, rate_hz=52.0, seed=seed, amplitude_dps=sway)
    write_recording(changed(still, sidecar=sidecar), place.csv, private=True)
    return place.csv


def fill(home, sessions=3, trials=1, athlete="anna"):
    """Write weekly sessions of both legs; return the CSVs."""
    return [
        record(
            home,
            FIRST + timedelta(days=7 * session, minutes=4 * trial + 2 * (side == "right")),
            side,
            athlete,
            seed=10 * session + trial,
        )
        for session in range(sessions)
        for trial in range(trials)
        for side in ("left", "right")
    ]
