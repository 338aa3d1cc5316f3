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
seconds = recording.time_s[-1]
print(f"{len(recording)} samples, {seconds:.1f} s, {(len(recording) - 1) / seconds:.2f} Hz")
sidecar = recording.sidecar
print(sidecar.exercise, sidecar.side, sidecar.started_at, "simulated:", sidecar.simulated)

# %% [markdown]
# The raw acceleration. A sensor at rest reads 9.8 m/s2: that is how wrong units are noticed.

# %%
from matplotlib.figure import Figure

figure = Figure(figsize=(9, 2.6), layout="constrained")
axes = figure.add_subplot()
axes.plot(recording.time_s, recording.acc_mps2, linewidth=0.7, label=["x", "y", "z"])
axes.set(xlabel="time, s", ylabel="acceleration, m/s2", title="as recorded, in the sensor's frame")
axes.legend(loc="upper right")
figure

# %% [markdown]
# `analyze` finds the set and measures it. `analyze_run` does the same and keeps what lies between, for pictures.

# %%
analysis = imu_ankle.analyze_run(recording)
result = analysis.result
print("hops:", result.reps, "of", f"{result.dose.target:g}")
print("quality:", result.quality.grade, result.quality.reasons)
for key in ("flight_s", "contact_s", "lateral_m"):
    metric = result.metrics[key]
    print(f"{key}: {metric.value:.3f} {metric.unit}, median of {metric.n}")

# %%
imu_ankle.plot_analysis(analysis)

# %% [markdown]
# Every event is a row; what isn't counted stays listed with the reason.

# %%
result.events_frame()[
    ["takeoff_s", "landing_s", "flight_s", "lateral_m", "toward", "reached", "rejected"]
].round(3)
