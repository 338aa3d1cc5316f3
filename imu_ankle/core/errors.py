"""Every error this package raises on purpose.

* ImuAnkleError             exit 1
  + UsageError              exit 2   the call leaves something open that only the caller knows
  + RecordingError          exit 3   a file or recording that can't be read or trusted
    - SidecarError          exit 3   the JSON beside a recording is not what it should be
    - ScoreError            exit 3   a kept score that is not what it should be
    - HistoryError          exit 3   the history can't give or take what is asked
    - ImportFormatError     exit 3   a foreign file that no importer recognises
    - CalibrationError      exit 3   calibration poses or a calibration file that make no sense
  + SensorError             exit 4   a sensor that isn't found, is lost, or answers wrongly
    - PayloadError          exit 4   bytes that are no packet of the sensor
    - RefusedError          exit 4   the sensor answered with an error
  + NotAnalysableError      exit 5   readable, but this exercise can't be measured on it
"""

from __future__ import annotations


class ImuAnkleError(Exception):
    """Base class: `code` is for programs, the message tells a person what to do.

    Catch it at the edge, never inside the core.
    """

    exit_code = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UsageError(ImuAnkleError):
    """The call leaves something open that only the caller knows."""

    exit_code = 2


class RecordingError(ImuAnkleError):
    """A file or recording that can't be read or trusted."""

    exit_code = 3


class SidecarError(RecordingError):
    """The JSON beside a recording is not what it should be."""


class ScoreError(RecordingError):
    """A kept score that is not what it should be; it can be made anew."""


class HistoryError(RecordingError):
    """The history can't give or take what is asked."""


class ImportFormatError(RecordingError):
    """A foreign file that no importer recognises, or that lacks what it needs."""


class CalibrationError(RecordingError):
    """Calibration poses or a calibration file that make no sense."""


class SensorError(ImuAnkleError):
    """A sensor that isn't found, is lost, or answers what it can't answer."""

    exit_code = 4


class PayloadError(SensorError):
    """Bytes that are no packet of this sensor: the only error that a decoder raises."""


class RefusedError(SensorError):
    """The sensor answered with an error; `att` is its ATT code, None where it gave none."""

    def __init__(self, att: int | None, message: str) -> None:
        super().__init__("refused", message)
        self.att = att


class NotAnalysableError(ImuAnkleError):
    """Readable, but not measurable: `code` is the reason that the result will carry."""

    exit_code = 5


class BrokenOffError(Exception):
    """The wearer ended the session; it can be resumed. No fault, so no `ImuAnkleError`."""
