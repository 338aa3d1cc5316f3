"""Print in one table what docs/accuracy.md says of every exercise: ``python -m tests.benchmarks.summary``."""

import re

from tests.docs.blocks import PROJECT

EXACT = ("exact sets", "within one stride")


def tables(text):
    """Yield heading, column names and rows of each table."""
    heading = ""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.strip("# ")
        elif line.startswith("|"):
            names = cells(line)
            next(lines)
            body = []
            for row in lines:
                if not row.startswith("|"):
                    break
                body.append(dict(zip(names, cells(row), strict=True)))
            yield heading, names, body


def cells(line):
    return [cell.strip() for cell in line.strip("|\n").split("|")]


def worst(rows, exact):
    """Name the conditions in which not every set was exact."""
    short = [row for row in rows if row[exact] != row["sets"]]
    return "; ".join(f"{row['simulated condition']}: {row[exact]}" for row in short) or "none"


def main():
    text = (PROJECT / "docs" / "accuracy.md").read_text("utf-8")
    print(
        "| simulated sets of | conditions | sets | exact | missed / false | conditions with others |"
    )
    print("|---|---|---|---|---|---|")
    for heading, names, rows in tables(text):
        exact = next((name for name in EXACT if name in names), None)
        if exact and "repetitions missed" in names:
            total, right, missed, false = (
                sum(int(row[name]) for row in rows)
                for name in ("sets", exact, "repetitions missed", "false")
            )
            title = re.sub(r", \d+ a set", "", heading)
            print(
                f"| {title} | {len(rows)} | {total} | {right} | {missed} / {false} | "
                f"{worst(rows, exact)} |"
            )
        elif "stances not seen" in names:
            total, unseen = (
                sum(int(row[n]) for row in rows) for n in ("trials", "stances not seen")
            )
            short = [row["simulated condition"] for row in rows if row["stances not seen"] != "0"]
            print(
                f"| Single-leg balance (trials) | {len(rows)} | {total} | {total - unseen} seen | "
                f"{unseen} / 0 | {'; '.join(short) or 'none'} |"
            )


if __name__ == "__main__":
    main()
