"""Supported exercises. To add one: write a module here and list it below."""

from typing import Any

from imu_ankle.analysis.exercises import (
    heel_raises,
    heel_walks,
    jump_squats,
    lateral_hops,
    mini_squats,
    single_leg_balance,
    star_taps,
    toe_points,
)
from imu_ankle.core.exercise import Exercise

EXERCISES: dict[str, Exercise[Any]] = {
    exercise.slug: exercise
    for exercise in (
        heel_raises.EXERCISE,
        heel_walks.EXERCISE,
        star_taps.EXERCISE,
        single_leg_balance.EXERCISE,
        mini_squats.EXERCISE,
        jump_squats.EXERCISE,
        toe_points.EXERCISE,
        lateral_hops.EXERCISE,
    )
}
