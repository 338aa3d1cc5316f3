# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own sensor
#
# You have samples from a device that this project doesn't know. Here they are made from a **simulated** trial, in units of their own.

# %%
# %matplotlib inline
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import imu_ankle

truth, _ = imu_ankle.simulate("single-leg-balance", side="right", seed=8, rate_hz=100.0)
mine = pd.DataFrame(
    {
        "t_ms": np.round(1000 * truth.time_s).astype(int),
        **{f"acc_{axis}_g": truth.acc_mps2[:, i] / 9.80665 for i, axis in enumerate("xyz")},
        **{f"gyr_{axis}_rad_s": np.radians(truth.gyr_dps[:, i]) for i, axis in enumerate("xyz")},
    }
)
mine.head(3)

# %% [markdown]
# ## From arrays
# A recording needs seconds, m/s2 and deg/s; how the sensor is turned on the shoe doesn't matter.

# %%
recording = imu_ankle.Recording.from_samples(
    mine["t_ms"] / 1000.0,
    9.80665 * mine[["acc_x_g", "acc_y_g", "acc_z_g"]],
    np.degrees(mine[["gyr_x_rad_s", "gyr_y_rad_s", "gyr_z_rad_s"]]),
    exercise="single-leg-balance",
    side="right",
)
result = imu_ankle.analyze(recording)
result

# %% [markdown]
# ## From a file
# A table with headers is converted by `imu-ankle import FILE`, or here. What was taken from the headers, and what was assumed, stands in the sidecar.

# %%
folder = Path(tempfile.mkdtemp())
mine.to_csv(folder / "mine.csv", index=False)
imported = imu_ankle.import_recording(folder / "mine.csv", side="right")
for line in imported.import_report["assumed"]:
    print(line)

# %%
again = imu_ankle.analyze(imported, exercise="single-leg-balance")
assert abs(again.score - result.score) < 0.5

# %% [markdown]
# ## Wrong units are noticed
# A sensor at rest reads 9.8 m/s2. Where it reads 1, these are g.

# %%
wrong = replace(recording, acc_mps2=np.array(recording.acc_mps2) / 9.80665)
try:
    quality = imu_ankle.analyze(wrong).quality
    print(quality.grade, quality.reasons)
except imu_ankle.ImuAnkleError as error:
    print("refused:", error)

# %% [markdown]
# ## Kept as a trial
# With exercise, side and date in its sidecar it can be analysed without a word; `imu-ankle import trial.csv --athlete me` takes it
# into the history.

# %%
sidecar = replace(recording.sidecar, started_at="2026-11-22T18:07:12+01:00")
imu_ankle.write_recording(replace(recording, sidecar=sidecar), folder / "trial.csv")
imu_ankle.analyze(folder / "trial.csv")

# %% [markdown]
# A sensor that streams over Bluetooth LE is one module with a decoder: see *A new sensor* in CONTRIBUTING.
