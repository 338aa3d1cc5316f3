"""What a BIDS dataset says of its columns, frames and files, in words."""

from __future__ import annotations

from typing import Any

from imu_ankle.core.version import VERSION

BIDS_VERSION = "1.10.0"

DATASET = {
    "Name": "Ankle exercises recorded with one motion sensor",
    "BIDSVersion": BIDS_VERSION,
    "DatasetType": "raw",
    "GeneratedBy": [
        {
            "Name": "imu_ankle",
            "Version": VERSION,
            "Description": "recorded, scored and exported",
        }
    ],
}

README = """# Ankle exercises recorded with one motion sensor

Written by `imu-ankle export --bids` (imu_ankle {version}): {people} people, {sessions} sessions,
{trials} recordings.{simulated}

- Each recording is one set or trial of one exercise with one sensor. `acq-` says the side that wore
  it, and where if that isn't the exercise's usual place; `tracked_point` in `_channels.tsv` says both.
- Samples are as recorded: in the sensor's own frame, which sits on the shoe (or shank, or waist) at
  any angle, uncalibrated, not resampled. Angular rate is in deg/s, as in the original files, so that
  no conversion changes a digit.
- The `LATENCY` channel holds each sample's time from the first one, by the sensor's clock. Samples that
  got lost are missing rows; nothing was filled in.
- `_events.tsv` are what imu_ankle found in it (repetitions, losses of balance and the like). Where it
  didn't count one, `rejected` says why.
- `_scans.tsv` has the start in UTC, the conditions, the sensor's ranges, and what the analysis made of
  it. `_motion.json` has rates and the sensor.
- Dates in 1925 or before were moved: by whole weeks, and all of one person's by the same.

It is a training aid, not a medical device.
"""

SIMULATED = " Some are simulated; `_scans.tsv` says which."

PARTICIPANTS: dict[str, Any] = {
    "participant_id": {"Description": "Who"},
    "injured_leg": {
        "Description": "The leg that the participant named as injured",
        "Levels": {"left": "left leg", "right": "right leg"},
    },
}

SCANS: dict[str, Any] = {
    "exercise": {"Description": "Which exercise, by its name in imu_ankle"},
    "side": {"Description": "The foot or leg that wore the sensor; at the waist the stance leg"},
    "placement": {"Description": "Where it was worn: shoe, free-foot, shank or waist"},
    "mount": {"Description": "Where on the shoe"},
    "eyes": {"Description": "Whether they were open or closed"},
    "surface": {"Description": "What the participant stood on"},
    "shoe": {"Description": "Which shoe, in the participant's words or numbered"},
    "pain": {"Description": "Pain that the participant named, 0 to 10"},
    "grade": {"Description": "How far the analysis trusts the recording: ok, degraded or invalid"},
    "reps": {"Description": "Repetitions that were counted; of heel walks, steps"},
    "score": {"Description": "Steadiness of single-leg balance, 0 to 100"},
    "acc_range_g": {"Description": "Range of the accelerometer in g, +-", "Units": "g"},
    "gyr_range_dps": {"Description": "Range of the gyroscope, +-", "Units": "deg/s"},
    "software": {"Description": "What recorded it"},
    "simulated": {
        "Description": "Whether no person and no sensor was there",
        "Levels": {"yes": "simulated", "no": "recorded"},
    },
}

EVENTS: dict[str, Any] = {
    "onset": {"Description": "Start from the first sample on", "Units": "s"},
    "duration": {"Description": "Length", "Units": "s"},
    "trial_type": {"Description": "What it is: a repetition, or what happened to the balance"},
    "rejected": {"Description": "Why it was not counted; n/a if it was"},
}

CHANNELS: dict[str, Any] = {
    "placement": {"Description": "Where the sensor was worn"},
    "reference_frame": {
        "Description": "In which frame the channel is",
        "Levels": {
            "sensor": {
                "Description": "The axes that are printed on the sensor or named by its maker. "
                "It is clipped on at any angle, so these are no axes of the body.",
                "RotationRule": "right-hand",
            },
        },
    },
}
