"""What turned in place: a heel on tiptoe, a seated foot, or a shank over its ankle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_ankle.core.recording import Placement

if TYPE_CHECKING:
    from imu_ankle.analysis.cyclic.moment_arm import MomentArm
    from imu_ankle.analysis.segmentation.params import RecognitionParams


def name_turns(
    moment_arm: MomentArm | None, rests: float | None, params: RecognitionParams
) -> tuple[str, Placement, float, str] | None:
    """Return exercise, placement, clearness and why of turns that stay in place; None is unknown.

    `rests` is where the pose before the set lies between the low end of the turns (0) and the high
    one (1).
    """
    if moment_arm is None or moment_arm.size_m > params.foot_m:
        return None
    low, high = params.between
    between = rests is not None and low < rests < high
    up, ahead = abs(moment_arm.up_m), abs(moment_arm.level_m)
    believed = moment_arm.fits > params.fits
    # seen from the ball of the foot the clip is behind and above: it rises and goes ahead at once
    together = moment_arm.up_m * moment_arm.level_m > 0.0 and up > params.rises_m and believed
    steep = params.shank_steep if together else 1.0
    centimetres = f"{100 * up:.0f} cm up or down and {100 * ahead:.0f} cm ahead per rad"
    if not between and ahead > max(params.shank_m, steep * up):
        named = "mini-squats", Placement.SHANK, ahead / 0.15, "turns to one side, the clip"
    elif together and (not between or moment_arm.up_m > 0.0):
        named = "heel-raises", Placement.SHOE, up / 0.05, "turns that lift the clip,"
    elif between and rests is not None:
        clear = min(rests - low, high - rests) / 0.15
        named = "toe-points", Placement.SHOE, clear, "turns to both sides of the rest, the clip"
    elif believed:
        named = "toe-points", Placement.SHOE, up / 0.05, "turns that lower the clip,"
    else:
        return None
    slug, placement, clear, why = named
    return slug, placement, clear, f"{why} {centimetres}"
