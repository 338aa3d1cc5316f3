"""The eight exercises. To add one: write a module (or small package) here and list it below.

A module holds all that is known of its exercise, see `core.exercise.Exercise`. It loads numpy only
when it measures, so that names, doses and words are there at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from imu_ankle.core.errors import UsageError
from imu_ankle.core.options import AUTO, nearest

if TYPE_CHECKING:
    from imu_ankle.core.exercise import Exercise

# in the order of the plan
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


def get_exercise(slug: str | None) -> Exercise[Any]:
    """Return the exercise that `slug` names.

    Raises
    ------
    UsageError
        ``missing_exercise`` or ``unknown_exercise``; the message says which are known.
    """
    if slug is None:
        raise UsageError(
            "missing_exercise",
            "which exercise is it? The recording doesn't say; name it with --exercise "
            f"({', '.join(EXERCISES)})",
        )
    if slug == AUTO:
        raise UsageError("unknown_exercise", "here the exercise must be named; auto is of analyze")
    if slug not in EXERCISES:
        raise UsageError(
            "unknown_exercise",
            f"{slug!r} is not an exercise that can be analysed; known are {', '.join(EXERCISES)}."
            + nearest(slug, EXERCISES),
        )
    return EXERCISES[slug]


def get_exercises(listed: str) -> tuple[str, ...]:
    """Return the slugs of a list with commas in between."""
    return tuple(get_exercise(slug.strip()).slug for slug in listed.split(","))
