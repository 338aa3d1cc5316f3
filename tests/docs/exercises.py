"""Print the exercises with what the registry knows of them."""

from imu_ankle.analysis.exercises import EXERCISES


def main():
    print("| slug | exercise | dose | trials | worn | followed over time | how |")
    print("|---|---|---|---|---|---|---|")
    for exercise in EXERCISES.values():
        leg = "" if exercise.both_legs else " per leg"
        worn = " or ".join(map(str, exercise.placements))
        cells = [
            f"`{exercise.slug}`",
            exercise.title,
            f"{exercise.dose:g} {exercise.dose_unit}{leg}",
            str(exercise.trials),
            worn,
            ", ".join(f"`{key}`" for key in exercise.headlines),
            exercise.guide.how_to,
        ]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
