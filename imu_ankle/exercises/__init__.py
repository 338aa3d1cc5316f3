"""Supported exercises. To add one: write a module here and list it below."""

from typing import Any

from imu_ankle.exercise import Exercise
from imu_ankle.exercises import jump_squats, lateral_hops, single_leg_balance

EXERCISES: dict[str, Exercise[Any]] = {
    exercise.slug: exercise
    for exercise in (single_leg_balance.EXERCISE, jump_squats.EXERCISE, lateral_hops.EXERCISE)
}
