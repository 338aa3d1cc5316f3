"""A data home full of what tells who somebody is."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from imu_ankle.core.options import Eyes, Placement, Side, Surface
from imu_ankle.core.recording import Calibration, Condition, Cue, Mark, SensorInfo, Sidecar
from imu_ankle.history.athletes import save_athlete
from imu_ankle.history.plans import plan_text
from imu_ankle.history.sessions import place_trial
from imu_ankle.io.calibrations import save_calibration
from imu_ankle.io.csvfile import write_recording
from imu_ankle.io.recorder import packets_path
from imu_ankle.progress.athlete import Athlete, LifeEvent, Occasion
from imu_ankle.progress.plan import DEFAULT_PLAN
from tests.helpers import BALANCE, changed, stance_only, without

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
FIRST = datetime(2026, 9, 6, 0, 20, tzinfo=BERLIN)  # still the day before in UTC
SERIALS = "SN-77231-X", "A0:9E:1A:77:31:02"
WORDS = (
    "anna", "bob", "SN-7", "77231-X", "9E:1A", "A0_9E", "lake", "brooks", "berlin", "tokyo", "hoka", "mallory",
    "clinic", "hostname", "3f2b8c1e", "experimental",
)  # fmt: skip


def keep(athlete, start, side="left", *, serial=SERIALS[0], seed=1, recording=None, **known):
    """Write a trial with personal words wherever there is room for one; return its CSV."""
    exercise = known.pop("exercise", BALANCE)
    sidecar = Sidecar(
        **{
            "id": "3f2b8c1e-0000-4000-8000-000000000000",
            "exercise": exercise,
            "side": Side(side),
            "condition": Condition(
                eyes=Eyes.OPEN, surface=Surface.FLOOR, shoe="Anna's Brooks", extra={"by": "Bob"}
            ),
            "started_at": start.isoformat(),
            "timezone": str(start.tzinfo),
            "rate_nominal_hz": 52.0,
            "sensor": SensorInfo(
                model=f"Clip {serial}", serial=serial, firmware="1.2.0", extra={"owner": "Anna"}
            ),
            "software": "imu_ankle 0.1.0",
            "cues": (Cue(0.5, "stand still"), Cue(1.0, "come on Anna", {"voice": "Mallory"})),
            "marks": (Mark(0.2, "Start"), Mark(3.0, "Mallory waves")),
            "pain": 2.0,
            "notes": "by the lake with Mallory",
            "extra": {
                "athlete": athlete,
                "original": "/home/anna/clinic.csv",
                "link": {"address": serial, "name": "Annas clip"},
                "hostname": "annas-laptop",
            },
            **known,
        }
    )
    still = recording or stance_only(seconds=9.0, rate_hz=52.0, seed=seed)
    place = place_trial(athlete, exercise, side, start, home=None)
    write_recording(changed(still, sidecar=sidecar), place.csv, private=True)
    return place.csv


def lossy(seed=1):
    """Return a recording that begins late on its clock, with seq and flags, and a hole."""
    whole = stance_only(seconds=9.0, rate_hz=52.0, seed=seed)
    count = np.arange(len(whole))
    whole = changed(whole, time_s=whole.time_s + 0.25, seq=count + 13)
    holed = without(whole, (count > 200) & (count < 204))
    return changed(holed, flags=np.where(holed.seq == 13 + 204, 1, 0))


def fill_personal(home: Path) -> None:
    """Write two athletes' recordings, profiles, calibrations and plan; ``IMU_ANKLE_HOME`` is `home`."""
    for week in range(8):  # clocks are set back between two of them
        day = FIRST + timedelta(days=7 * week)
        for k, side in enumerate(("left", "right")):
            keep("Anna-Maria", day + timedelta(minutes=2 * k), side, seed=3 * week + k)
    keep("Anna-Maria", datetime(2026, 11, 2, 6, 0, 0, 250, tzinfo=TOKYO), seed=40)
    keep("Anna-Maria", datetime(1970, 1, 1, 0, 3, tzinfo=UTC), seed=41)
    undated = keep("Anna-Maria", FIRST + timedelta(minutes=9), seed=42, started_at=None)
    packets_path(undated).write_bytes(b"IMUPKT1\n" + SERIALS[0].encode())
    keep("Anna-Maria", FIRST + timedelta(minutes=12), exercise="annas-dance")
    hoka = Condition(eyes=Eyes.OPEN, surface=Surface.FLOOR, shoe="Hoka of Bob")
    bobs = datetime(2026, 10, 6, 18, 7, 12, tzinfo=BERLIN)
    known = {"serial": SERIALS[1], "condition": hoka}
    keep("bob", bobs, recording=lossy(), **known)
    for k, (exercise, side, placement) in enumerate(
        (
            ("mini-squats", "right", Placement.SHANK),
            ("mini-squats", "left", Placement.WAIST),
            ("star-taps", "left", Placement.FREE_FOOT),
            ("single-leg-balance", "right", Placement.SHANK),
        )
    ):
        later = bobs + timedelta(minutes=3 * k + 3)
        keep("bob", later, side, exercise=exercise, placement=placement, seed=50 + k, **known)
    sprain = LifeEvent(day=date(2026, 9, 30), kind=Occasion.SPRAIN, text="at the lake")
    rest = LifeEvent(
        day=date(2026, 12, 24), kind=Occasion.REST, text="Mallory visits", until=date(2027, 1, 6)
    )
    base = LifeEvent(day=date(2026, 9, 12), kind=Occasion.BASELINE, text="after the clinic")
    save_athlete(home, Athlete(name="Anna-Maria", injured="left", events=(sprain, rest, base)))
    for serial in SERIALS:
        save_calibration(
            Calibration(
                serial=serial,
                made_at="2026-09-01T08:00:00+00:00",
                acc_matrix=((1.0, 0.0, 0.0), (0.0, 1.001, 0.0), (0.0, 0.0, 1.0)),
                acc_bias_mps2=(0.01, 0.0, 0.0),
                gyr_bias_dps=(0.1, 0.0, 0.0),
                gyr_noise_dps2=0.001,
                residual_mps2=0.01,
            )
        )
    plan = plan_text(replace(DEFAULT_PLAN, times_per_week=2))
    (home / "plan.toml").write_text(f"# from the clinic, for Anna\n{plan}")


def dates() -> set[str]:
    """Return every true date as it may be written."""
    days = {FIRST.date() + timedelta(days=k) for k in range(-1, 70)}
    days |= {date(2026, 12, 24), date(2027, 1, 6), date(1970, 1, 1), date(2026, 11, 2)}
    shapes = "%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y_%m_%d"
    return {f"{day:{shape}}" for day in days for shape in shapes}


_NEEDLES = (*(word.lower() for word in WORDS), *sorted(dates()))
_ANY_DATE = re.compile(r"\b(19[3-9]\d|20\d\d)-\d\d-\d\d")


def tells(text: str) -> list[str]:
    """Return what in a text tells who or when it was."""
    small = text.lower()
    found = [needle for needle in _NEEDLES if needle in small]
    return found + [match.group() for match in _ANY_DATE.finditer(text)]
