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
# # Progress over three months
#
# When is a change real? Twelve weeks of a **simulated** runner with a sprain of the left ankle and a week of rest, in a data home of
# its own; yours is not touched.

# %%
# %matplotlib inline
import math
import tempfile
from datetime import date, datetime
from pathlib import Path

import numpy as np

import imu_ankle

home = Path(tempfile.mkdtemp())
imu_ankle.write_season("runner", home=home, last_day=date(2026, 11, 22), trials=2)
history = imu_ankle.History(home)
table = history.metrics("runner")
print(
    f"{table['session'].nunique()} sessions, {table['trial'].nunique()} trials, {len(table)} numbers"
)

# %% [markdown]
# ## The tidy table
# One row per recording and number, with everything that must be the same for two numbers to be compared.

# %%
table[table["key"] == "sway_rms_dps"][["session", "leg", "eyes", "value", "metric_set"]].head(6)

# %% [markdown]
# ## Session values and noise
# A session counts with the median of its trials. How much somebody varies without having changed is told by the differences
# between one session and the next: their mean square, halved, is the variance of a session value. Sway varies in proportion to
# its size, so this is done on its logarithm.

# %%
left = history.trends("runner", exercise="single-leg-balance", key="sway_rms_dps", leg="left")[0]
values = np.log(left.sessions.value[1:])  # the first session is learning
change_at = len(values) - 3
steps = np.delete(np.diff(values), change_at - 1)  # not the step that is asked about
typical_error = math.sqrt(np.mean(steps**2) / 2)
print(f"typical error of a session: {100 * math.expm1(typical_error):.0f} %")
print(f"MDC95 between two sessions: {100 * math.expm1(1.96 * math.sqrt(2) * typical_error):.0f} %")
assert math.isclose(typical_error, left.comparison.noise.session_error(2), rel_tol=0.05)

# %% [markdown]
# ## The verdict
# The median of the last three sessions against that of up to five at the start. It is called real if it leaves the band that noise
# alone would leave in 3 of 100 cases.

# %%
for trend in history.trends("runner"):
    series = trend.series
    print(
        f"{series.exercise:20} {trend.spec.key:13} {series.leg:6} eyes {series.eyes:7} {trend.comparison.verdict}"
    )

# %%
evening = datetime(2026, 11, 22, 20).astimezone()
progress = history.progress("runner", now=evening)
imu_ankle.draw(progress, "stability").figure

# %% [markdown]
# ## Left against right, closed against open
# Each with the band in which it likely lies, by the noise of its own sessions.

# %%
for pair in progress.pairs:
    band = "" if pair.low is None else f"[{pair.low:.1f}, {pair.high:.1f}]"
    said = f"{pair.first.leg} {pair.verdict}" if pair.verdict else ""
    print(f"{pair.kind:22} {pair.spec.key:13} {pair.recent:7.1f} {band} {said}")

# %% [markdown]
# ## What was done
# Weeks are those of the place where the wearer was; rest doesn't end a streak.

# %%
picture = imu_ankle.draw(progress, "calendar")
print(picture.alt)
picture.figure

# %%
history.close()
