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
# # A first look at a recording
#
# What is in a file, what was found in it, and how far it may be trusted. The recording is shipped with the project and
# **simulated**: nobody hopped for it.

# %%
# %matplotlib inline
from pathlib import Path

import imu_ankle

folder = Path("..") / "recordings" / "2026-10-25"
recording = imu_ankle.read_recording(folder / "lateral-hops-left.csv")

# %% [markdown]
# A recording holds what the sensor said, uncorrected and in the sensor's own frame. The sidecar beside the CSV holds what
# is known besides: which exercise, which foot, when.

# %%
print(recording)
print(recording.sidecar.started_at)
recording.to_frame().head(3)

# %% [markdown]
# The sizes of rate and acceleration. A sensor at rest reads 9.8 m/s2: that is how wrong units are noticed.

# %%
recording.plot()

# %% [markdown]
# `analyze` finds the set and measures it. `analyze_run` does the same and keeps what lies between, for pictures.

# %%
run = imu_ankle.analyze_run(recording)
result = run.result
print(result)
result.metrics_frame().round(3)

# %%
run.plot()

# %% [markdown]
# Every event is a row; what isn't counted stays listed with the reason.

# %%
result.events_frame()[
    ["takeoff_s", "landing_s", "flight_s", "lateral_m", "toward", "reached", "rejected"]
].round(3)
