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
# # How the sway score works, from raw to number
#
# The balance score is `S = 100 C Q`: how long, times how steadily. Here it is made by hand and compared with what the program
# says. The trial is **simulated**, so the true sway is known too.

# %%
# %matplotlib inline
import numpy as np
from matplotlib.figure import Figure
from scipy.signal import butter, sosfiltfilt

import imu_ankle

recording, truth = imu_ankle.simulate("single-leg-balance", side="left", seed=3, rate_hz=104.0)
run = imu_ankle.analyze_run(recording)
result, motion = run.result, run.motion

# %% [markdown]
# ## 1. Preparation
# Samples are laid on an even grid, and the gyroscope's bias, known from the moments of standing still, is taken off. Of the
# three-axis rate only what is slower than 10 Hz counts: faster is the sensor or its clip.

# %%
lowpass = butter(2, 10.0, fs=motion.rate_hz, output="sos")
rate_dps = sosfiltfilt(lowpass, motion.gyr_dps, axis=0, padlen=round(3 * motion.rate_hz))
speed_dps = np.linalg.norm(rate_dps, axis=1)
time_s = motion.start_s + np.arange(len(motion)) / motion.rate_hz

# %% [markdown]
# ## 2. Where the stance is
# It runs from the end of the shift onto the leg to the return onto both. Its first and last half second are left out of W.

# %%
(span,) = result.spans
scored = (time_s >= span.start_s + 0.5) & (time_s < span.end_s - 0.5)
figure = Figure(figsize=(9, 2.8), layout="constrained")
axes = figure.add_subplot()
axes.semilogy(time_s, np.maximum(speed_dps, 0.01), color="black", linewidth=0.7)
axes.axvspan(span.start_s, span.end_s, color="#e8d9b5", label="stance")
axes.set(xlabel="time, s", ylabel="rate below 10 Hz, deg/s")
axes.legend(loc="upper right")
figure

# %% [markdown]
# ## 3. W, the sway
# The root mean square of that speed.

# %%
sway_dps = float(np.sqrt(np.mean(speed_dps[scored] ** 2)))
reported = result.metrics["sway_rms_dps"].value
print(f"by hand {sway_dps:.3f}, program {reported:.3f}, truth {truth['sway_rms_dps']:.3f} deg/s")
assert abs(sway_dps / reported - 1.0) < 0.002

# %% [markdown]
# ## 4. The score
# C is the share of the 20 s that was spent in stance without a loss of balance. Q falls from 1 with growing sway and is a half at
# W50 = 4 deg/s (on the shoe, eyes open), a proposal: no published norm for a sensor on the shoe was found.

# %%
held = min(1.0, result.metrics["valid_s"].value / 20.0)
steady = 1.0 / (1.0 + (reported / 4.0) ** 2)
print(f"C {held:.3f}, Q {steady:.3f}, S {100 * held * steady:.2f}; program {result.score:.2f}")
assert abs(100 * held * steady - result.score) < 1e-6

# %% [markdown]
# ## 5. What the band around it means
# Twenty seconds tell a sway to 8 % at best. Here are forty trials of one simulated foot that does nothing but sway the same way:

# %%
scores = []
for seed in range(40):
    trial, _ = imu_ankle.simulate("single-leg-balance", side="left", seed=100 + seed, rate_hz=52.0)
    scores.append(imu_ankle.analyze(trial).score)
low, high = result.score_band
print(
    f"one trial: {result.score:.0f} ({low:.0f} to {high:.0f}); forty trials: {np.mean(scores):.0f} +- {np.std(scores):.0f}"
)

# %% [markdown]
# So two single scores that differ by ten points may be the same foot. What is a real change is told from a person's own sessions:
# see *Progress over three months*.
