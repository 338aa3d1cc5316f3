"""How each exercise is done: what to do, what to watch, what is safe, what the sensor can't see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What a wearer is told of an exercise.

    Attributes
    ----------
    how_to : one sentence to act on.
    cues : what good form is.
    safety : beyond what holds for all, `SAFETY`.
    unseen : what a sensor there can't tell.
    harder : ways to make it harder, as surface or eyes of the plan, with a sentence each.
    """

    how_to: str
    cues: tuple[str, ...]
    safety: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    harder: Mapping[str, str] = field(default_factory=dict)


SAFETY = ("Stop when it hurts.",)
_NEAR_WALL = "Stand next to a wall or a chair that you can grab."
_KNEE = "Keep the knee over the little toe, don't let it fall inward."

GUIDES: Mapping[str, Guide] = {
    "heel-raises": Guide(
        how_to="Rise onto your toes, hold for two to three seconds, lower slowly.",
        cues=("Go as high as you can.", "Weight over the big toe's side, heels straight up."),
        unseen=(
            "whether the knees bend",
            "whether a hand carries weight",
            "how the load is shared",
        ),
        harder={"step": "On the edge of a step let the heels sink below level before each rise."},
    ),
    "heel-walks": Guide(
        how_to="Walk on your heels, toes lifted: forward, sideways, backward.",
        cues=("Keep the toes up all the way.", "Small steps, upright body."),
        safety=("On a dry floor, with shoes that grip.",),
        unseen=("the other foot's steps; they are taken to be as many",),
        harder={},
    ),
    "star-taps": Guide(
        how_to=(
            "Stand on one leg in a small squat; tap the floor with the free foot five times in each "
            "of the eight directions of a star."
        ),
        cues=(_KNEE, "Hips back, chest up.", "Tap lightly, carry no weight out there."),
        safety=(_NEAR_WALL,),
        unseen=("the stance leg: its squat, its knee, its wobble",),
        harder={},
    ),
    "single-leg-balance": Guide(
        how_to="Stand on one leg for twenty seconds.",
        cues=("Bend the knee of the lifted leg.", "Stand tall, look at one point.", _KNEE),
        safety=("With eyes closed or on a Bosu: next to a wall or a chair.",),
        unseen=("sway of the body that the foot doesn't follow", "knee and hip"),
        harder={
            "towel": "On a rolled towel.",
            "bosu-round": "On the round side of a Bosu ball.",
            "bosu-flat": "On the flat side of a Bosu ball.",
            "closed": "With eyes closed.",
        },
    ),
    "mini-squats": Guide(
        how_to="On one leg, the free leg straight out in front, bend the knee a little and come up.",
        cues=(_KNEE, "Hips back, as if to sit.", "Heel down."),
        safety=(_NEAR_WALL,),
        unseen=("how deep, if the sensor is on the shank", "the knee, if it is at the waist"),
        harder={},
    ),
    "jump-squats": Guide(
        how_to="Squat, jump, land softly, and squat again without a break.",
        cues=("Land on the forefoot, then the heel.", "Knees over the little toes.", "Hips back."),
        safety=("Warm up before; on a surface that doesn't slip.",),
        unseen=("how deep you squat", "the other foot"),
        harder={},
    ),
    "toe-points": Guide(
        how_to=(
            "Sit with your legs straight: point the toes, hold for two to three seconds, flex, hold."
        ),
        cues=("Move as far as the ankle goes both ways.", "Keep the leg still."),
        unseen=(
            "the ankle alone, if the shank moves too",
            "less than the ankle moves in a stiff shoe",
        ),
        harder={},
    ),
    "lateral-hops": Guide(
        how_to="Hop from side to side on one leg, at least 12 inches (30 cm) apart.",
        cues=("Bend the knee of the lifted leg.", _KNEE, "Land softly."),
        safety=("Begin on a soft floor, with shoes that hold the ankle.",),
        unseen=("the knee", "the height of the body"),
        harder={},
    ),
}
