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


def run_export(options: ExportWishes) -> int:
    """Write what was asked for; say where, and what was left out."""
    target = _target(options)
    with opened() as history:
        share = share_of(
            history,
            athlete=options.athlete,
            session=options.session,
            deidentify=options.deidentify,
        )
        if options.bids is None and target.suffix.lower() != ".zip":
            return _told(options, target, {"rows": write_table(share, target)})
        with bar("writing") as tell:
            write = write_zip if options.bids is None else write_bids
            written = write(share, target, tell)
    return _told(options, target, {"files": written.files}, written)


def _target(options: ExportWishes) -> Path:
    """Return where to write, before anything is read for it."""
    if options.out is not None and options.bids is None:
        if options.out.suffix.lower() not in _ENDINGS:
            endings = ", ".join(_ENDINGS)
            raise UsageError("bad_out", f"--out ends in {endings}; found {options.out.name!r}")
        if options.out.suffix.lower() == ".zip":
            require_free(options.out)
        else:
            require_writable(options.out)
        return options.out
    if options.bids is not None and options.out is None:
        return options.bids
    raise UsageError("bad_out", "where to? Name --out FILE or --bids FOLDER: one of them")


def _told(
    options: ExportWishes, target: Path, count: dict[str, int], written: Written | None = None
) -> int:
    left_out = written.left_out if written else ()
    if options.as_json:
        said = {"schema": SCHEMA, "written": str(target.resolve()), **count}
        print_json({**said, "deidentified": options.deidentify, "left_out": list(left_out)})
    else:
        (what, number) = next(iter(count.items()))
        print(f"{number} {what}: {shown(target.resolve())}")
    for why in left_out:
        print(f"imu-ankle: left out: {why}", file=sys.stderr)
    return EXIT_SOME_FAILED if left_out else 0
