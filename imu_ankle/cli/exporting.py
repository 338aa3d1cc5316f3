"""`imu-ankle export`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imu_ankle.cli.show import EXIT_SOME_FAILED, print_json, shown
from imu_ankle.cli.working import bar, opened
from imu_ankle.core.errors import UsageError
from imu_ankle.core.result import SCHEMA
from imu_ankle.history.bids import write_bids
from imu_ankle.history.export import write_table, write_zip
from imu_ankle.history.share import share_of
from imu_ankle.io.tables import TABLES, require_free, require_writable

if TYPE_CHECKING:
    from pathlib import Path

    from imu_ankle.history.export import Written

_ENDINGS = (".zip", *TABLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWishes:
    """What the command line asked for."""

    out: Path | None
    bids: Path | None
    athlete: str | None
    session: str | None
    deidentify: bool
    as_json: bool


def run_export(wishes: ExportWishes) -> int:
    """Write what was asked for; say where, and what was left out."""
    target = _target(wishes)
    with opened() as history:
        share = share_of(
            history,
            athlete=wishes.athlete,
            session=wishes.session,
            deidentify=wishes.deidentify,
        )
        if wishes.bids is None and target.suffix.lower() != ".zip":
            return _told(wishes, target, {"rows": write_table(share, target)})
        with bar("writing") as tell:
            write = write_zip if wishes.bids is None else write_bids
            written = write(share, target, tell)
    return _told(wishes, target, {"files": written.files}, written)


def _target(wishes: ExportWishes) -> Path:
    """Return where to write, before anything is read for it."""
    if wishes.out is not None and wishes.bids is None:
        if wishes.out.suffix.lower() not in _ENDINGS:
            endings = ", ".join(_ENDINGS)
            raise UsageError("bad_out", f"--out ends in {endings}; found {wishes.out.name!r}")
        if wishes.out.suffix.lower() == ".zip":
            require_free(wishes.out)
        else:
            require_writable(wishes.out)
        return wishes.out
    if wishes.bids is not None and wishes.out is None:
        return wishes.bids
    raise UsageError("bad_out", "where to? Name --out FILE or --bids FOLDER: one of them")


def _told(
    wishes: ExportWishes, target: Path, count: dict[str, int], written: Written | None = None
) -> int:
    left_out = written.left_out if written else ()
    if wishes.as_json:
        said = {"schema": SCHEMA, "written": str(target.resolve()), **count}
        print_json({**said, "deidentified": wishes.deidentify, "left_out": list(left_out)})
    else:
        (what, number) = next(iter(count.items()))
        print(f"{number} {what}: {shown(target.resolve())}")
    for why in left_out:
        print(f"imu-ankle: left out: {why}", file=sys.stderr)
    return EXIT_SOME_FAILED if left_out else 0
