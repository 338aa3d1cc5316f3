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
# # Hops and jumps, step by step
#
# A **simulated** set of lateral hops with known take-offs and landings: what is measured, how well, and what isn't counted.

# %%
# %matplotlib inline
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import imu_ankle

recording, truth = imu_ankle.simulate("lateral-hops", side="left", seed=3, rate_hz=208.0)
run = imu_ankle.analyze_run(recording)
result = run.result
run.plot()

# %% [markdown]
# ## Take-off and landing
# At take-off the heel goes up fastest, at landing the fall of the ball of the foot begins to be stopped. In the air the foot isn't in
# free fall (the body is), so no threshold on the acceleration could tell a flight.

# %%
true = pd.DataFrame([event for event in truth["events"] if event["kind"] == "rep"])
found = result.events_frame()
found = found[found["rejected"].isna()].reset_index(drop=True)
assert len(found) == len(true)
errors = pd.DataFrame(
    {
        "take-off, ms": 1000 * (found["takeoff_s"] - true["takeoff_s"]),
        "landing, ms": 1000 * (found["landing_s"] - true["landing_s"]),
        "width, cm": 100 * (found["lateral_m"] - true["lateral_m"]),
    }
)
errors.abs().describe().loc[["mean", "50%", "max"]].round(1)

# %% [markdown]
# ## Width, and whether it reaches 12 inches
# Within 3 cm of 0.3048 m the verdict is "borderline", which isn't counted as reached.

# %%
print(found["reached"].value_counts().to_dict())
print("reached:", result.metrics["reached_count"].value, "of", result.reps)

# %% [markdown]
# ## Height from time in the air
# `g t^2 / 8`, if take-off and landing have the same posture. Bent knees at landing add to it, so believe the time first.

# %%
jumps, _ = imu_ankle.simulate("jump-squats", side="left", seed=5, rate_hz=208.0)
jumped = imu_ankle.analyze(jumps)
frame = jumped.events_frame()
frame = frame[frame["rejected"].isna()]
height_m = 9.80665 * frame["flight_s"] ** 2 / 8
assert np.allclose(height_m, frame["height_m"])
print(
    f"{jumped.reps} jumps, {frame['flight_s'].median():.3f} s in the air, {height_m.median():.3f} m"
)

# %% [markdown]
# ## Getting tired within a set
# The last five flights against the first five.

# %%
figure = Figure(figsize=(7, 2.8), layout="constrained")
axes = figure.add_subplot()
axes.plot(np.arange(1, len(frame) + 1), frame["flight_s"], "o:", color="black")
axes.set(xlabel="jump", ylabel="time in the air, s", ylim=(0, None))
axes.set_title(f"last five against first five: {jumped.metrics['fatigue_pct'].value:+.0f} %")
figure

# %% [markdown]
# ## What isn't counted
# Walking before and after the set is found, and listed as what it is.

# %%
walk, _ = imu_ankle.simulate("walking", side="left", seed=1, rate_hz=104.0)
nothing = imu_ankle.analyze(walk, exercise="lateral-hops", side="left")
print(
    "hops in a walk:",
    nothing.reps,
    "| listed:",
    nothing.events_frame()["rejected"].value_counts().to_dict(),
)
