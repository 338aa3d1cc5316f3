"""Tables to disk: CSV, or Parquet where what writes it is installed; whole or not at all."""

from __future__ import annotations

import contextlib
import io
from importlib.util import find_spec
from typing import TYPE_CHECKING

from imu_ankle.core.errors import RecordingError, UsageError
from imu_ankle.io.csvfile import is_trial, sidecar_of
from imu_ankle.io.text import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from imu_ankle.core.recording import Sidecar

TABLES = (".csv", ".parquet")


def require_writable(out: Path) -> None:
    """Refuse a table that couldn't be written, before work is done for it.

    Raises
    ------
    UsageError
        ``bad_out`` if its ending is unknown, or as `require_free`; ``missing_extra`` where Parquet
        can't be written.
    """
    require_free(out)
    ending = out.suffix.lower()
    if ending not in TABLES:
        raise UsageError("bad_out", f"a table ends in {' or '.join(TABLES)}; found {out.name!r}")
    if ending == ".parquet" and find_spec("pyarrow") is None:
        raise UsageError(
            "missing_extra",
            "a .parquet needs pyarrow: python -m pip install 'imu-ankle[parquet]' (in a checkout: "
            "'.[parquet]'); or write a .csv",
        )


def require_free(out: Path, replaced: Callable[[Sidecar], bool] = lambda _: False) -> None:
    """Refuse to write where a folder or a recording is; anything else is replaced.

    `replaced` says by its sidecar which recording may be, too.

    Raises
    ------
    UsageError
        ``bad_out``.
    """
    if out.is_dir():
        raise UsageError("bad_out", f"{out} is a folder; name a file to write")
    with contextlib.suppress(RecordingError):  # what can't be read as text is no recording
        if out.is_file() and is_trial(out) and not replaced(sidecar_of(out)):
            raise UsageError("bad_out", f"{out} is a recording; name another file to write")


def write_frame(frame: pd.DataFrame, out: Path) -> None:
    """Write a table that its owner alone can read; raises what `require_writable` does."""
    require_writable(out)
    if out.suffix.lower() == ".csv":
        write_whole(out, frame.to_csv(index=False, lineterminator="\n"), private=True)
        return
    packed = io.BytesIO()
    frame.to_parquet(packed, engine="pyarrow", index=False)
    write_whole(out, packed.getvalue(), private=True)


def read_frame(path: Path) -> pd.DataFrame:
    """Return a table that `write_frame` wrote."""
    import pandas as pd  # noqa: PLC0415 - slow to load, and seldom needed

    return pd.read_parquet(path) if path.suffix.lower() == ".parquet" else pd.read_csv(path)
