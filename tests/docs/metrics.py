"""Print what every number means, and every quality reason."""

from imu_ankle.analysis.exercises import EXERCISES
from imu_ankle.core.result import REASONS


def main():
    for exercise in EXERCISES.values():
        print(f"## {exercise.title}\n")
        print("| metric | meaning | unit | better | evidence |")
        print("|---|---|---|---|---|")
        for spec in exercise.metrics:
            print(
                f"| `{spec.key}` | {spec.label} | {spec.unit} | {spec.better} | {spec.evidence} |"
            )
        print()
    print("## Quality reasons\n")
    print("| code | lowers the grade | meaning |")
    print("|---|---|---|")
    for code, reason in REASONS.items():
        print(f"| `{code}` | {'yes' if reason.lowers_grade else 'no'} | {reason.text} |")


if __name__ == "__main__":
    main()
