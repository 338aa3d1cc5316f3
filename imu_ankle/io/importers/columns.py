"""Which column of a table holds what, by what it is called and the unit that it states."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from imu_ankle.core.errors import ImportFormatError, UsageError
from imu_ankle.io.importers.table import ACC_ROLES, GYR_ROLES, NEEDED, ROLES, Overrides, stated_unit
from imu_ankle.io.importers.units import without_gravity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOLD = 300  # characters of a header in an error
_CALLED = {"gyr": r"gyr|angular|ang_?vel|rotation|omega", "acc": r"acc|g-?force"}
_LETTERS = {
    "gyr": r"(?:^|_)(gy|g|ω)_?[xyz]|^w[xyz]\b",
    "acc": r"(?:^|_)ac?_?[xyz]|^gf[xyz]\b",
}
_AXIS = (
    r"(?:^(?:gf|ac|gy|as)_?|(?:^|_)[agwω]_?|[^a-z]|acc(?:e(?:l(?:eration)?)?)?|gyro?|gyro_?rotation|force|meter|"
    r"scope|rate|ang_?vel|^)([xyz])(?![a-z])"
)
_AXIS_ALONE = r"^(?:attr_)?([xyz])$"
# what ROS calls linear_acceleration.x holds gravity (sensor_msgs/Imu, REP 145); so its size is checked
_GRAVITY_FREE = r"free|linear(?!_acceleration[./])|user|without|no.?g\b|lin.?acc|^lacc"
_OTHER = r"angle|euler|quat|mag|grav|world|earth|global|covar|rad\s*/\s*s\s*(\^?2|²|/\s*s)"
_INDEX = r"\[([012])\]"
_PLACES = (
    r"left|right|chest|sternum|head|neck|back|trunk|pelvis|waist|hip|thigh|knee|shank|shin|calf|"
    r"ankle|foot|shoe|heel|toe|wrist|hand|arm|(?<![a-z])[lr](?![a-z])"
)
_TIME = (
    r"^(t|ts|cts|time|t_.*|timestamp.*|sampletime.*|elapsed.*|seconds.*|epoc.*)$"
    r"|time\b|^time_|^time[mun]s$|timestamp(?!_relative)"
)
_DATE = r"^date"
_COUNT = r"^(packet|sample)?_?(counter|count|index|seq|samples?|n_samples)$"
_SECONDS, _NANOSECONDS = r"(\b|_)secs?$", r"(\b|_)n(ano)?secs?$"  # of one stamp, side by side


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what stands: the header's names, and the position of each role.

    Attributes
    ----------
    clocks : every column that may be the time, the likeliest first; empty where it is told.
    own : the clock of each half, where one stands before each.
    """

    names: tuple[str, ...]
    at: Mapping[str, int]
    clocks: tuple[int, ...] = ()
    own: Mapping[str, int] = field(default_factory=dict)

    def name(self, role: str) -> str:
        """Return the name of the column of a role."""
        return self.names[self.at[role]]

    def has(self, roles: Sequence[str]) -> bool:
        """Whether all `roles` were found."""
        return all(role in self.at for role in roles)

    def without(self, role: str) -> Columns:
        """Return the columns of the other roles."""
        at = {each: i for each, i in self.at.items() if each != role}
        return replace(self, at=at) if role != "time" else replace(self, at=at, clocks=(), own={})

    def rest_of_second(self, at: int) -> int | None:
        """Return the column of nanoseconds that goes with one of whole seconds."""
        names = [name.lower() for name in self.names[at : at + 2]]
        split = len(names) == 2 and re.search(_SECONDS, names[0])
        return at + 1 if split and re.search(_NANOSECONDS, names[1]) else None


def find_columns(header: Sequence[str], overrides: Overrides) -> Columns:
    """Return which column plays which role.

    Raises
    ------
    ImportFormatError
        ``missing_column`` lists what was not found and how to name it, ``several_columns`` what
        could be meant.
    """
    could: dict[str, list[int]] = {}
    ros = any("angular_velocity" in name.lower() for name in header)
    for i, name in enumerate(header):
        word = name.replace("linear_acceleration_", "linear_acceleration.") if ros else name
        could.setdefault(role_of(word) or "", []).append(i)
    spare = could.pop("", [])
    if "time" not in could:  # in any language, a column in seconds that is nothing else
        could["time"] = [i for i in spare if stated_unit("time", header[i])]
    could["time"] += [i for i in spare if re.search(_DATE, header[i], re.IGNORECASE)]
    for half in (ACC_ROLES, GYR_ROLES):  # beside those with a unit, those without are raw
        stating = {
            role: [i for i in could.get(role, ()) if stated_unit(role[:3], header[i])]
            for role in half
        }
        if all(len(places) == 1 for places in stating.values()):
            could |= stating
    found = {role: places[0] for role, places in could.items() if places}
    for role, name in overrides.columns.items():
        if role not in ROLES or name not in header:
            raise UsageError(
                "missing_column",
                f"--column {role}={name}: roles are {', '.join(ROLES)}, columns {', '.join(header)}",
            )
        found[role] = header.index(name)
    told = "time" in overrides.columns
    own = {half: found[f"{half}_x"] - 1 for half in ("acc", "gyr") if f"{half}_x" in found}
    apart = not told and len(own) == 2 and set(own.values()) <= set(could["time"])
    columns = Columns(
        tuple(header), found, () if told else tuple(could["time"]), own if apart else {}
    )
    _require_halves(columns)
    for role in NEEDED:
        _require_one(columns, [header[i] for i in could.get(role, ())], role, overrides)
    if not set(NEEDED) & set(overrides.columns):
        _require_one_place(columns)
    return columns


def _require_halves(columns: Columns) -> None:
    halves = [half for half in (ACC_ROLES, GYR_ROLES) if columns.has(half)]
    free = _without_gravity(columns.names)
    if not halves or (free and not columns.has(ACC_ROLES)):
        raise _missing(columns)
    lacking = "gyr" if halves[0] is ACC_ROLES else "acc"
    unclear = [name for name in columns.names if kind_of(name) == lacking]
    if len(halves) == 1 and len(unclear) > 2:  # there, but in words that tell no axis
        raise _missing(columns)
    if any(role in NEEDED and all(role not in half for half in halves) for role in columns.at):
        raise _missing(columns)


def _require_one(columns: Columns, names: Sequence[str], role: str, overrides: Overrides) -> None:
    if len(names) < 2 or role in overrides.columns:
        return
    if len(set(names)) < len(names):
        raise ImportFormatError(
            "several_columns", f"several columns are called {names[0]!r}; keep those of one sensor"
        )
    raise ImportFormatError(
        "several_columns",
        f"{columns.name(role)!r} and {names[1]!r} could both be {role}; say which one with "
        f"--column {role}=NAME, and so for the other axes",
    )


def _require_one_place(columns: Columns) -> None:
    """Refuse halves whose names say that they were worn in two places."""
    if not (columns.has(ACC_ROLES) and columns.has(GYR_ROLES)):
        return
    acc, gyr = (columns.name(half[0]) for half in (ACC_ROLES, GYR_ROLES))
    of_acc, of_gyr = (set(re.findall(_PLACES, name.lower())) for name in (acc, gyr))
    if of_acc and of_gyr and of_acc != of_gyr:
        raise ImportFormatError(
            "several_columns",
            f"{acc!r} and {gyr!r} were worn in two places; name the columns of one sensor with "
            "--column acc_x=NAME and so on",
        )


def _without_gravity(names: Sequence[str]) -> list[str]:
    return [
        name
        for name in names
        if re.search(_GRAVITY_FREE, name, re.IGNORECASE) and "covar" not in name.lower()
    ]


def _missing(columns: Columns) -> ImportFormatError:
    missing = [role for role in NEEDED if role not in columns.at]
    free = _without_gravity(columns.names)
    if free and not columns.has(ACC_ROLES):
        return without_gravity(f"no column with gravity, only {free[0]!r}")
    found = ", ".join(columns.names)
    return ImportFormatError(
        "missing_column",
        f"no column for {', '.join(missing)}; found {found[:_TOLD]}{'...' * (len(found) > _TOLD)}. "
        f"Name each with --column {missing[0]}=NAME",
    )


def role_of(name: str) -> str | None:
    """Return what a column holds, by what it is called and the unit it states."""
    word = re.sub(_INDEX, lambda index: "_" + "xyz"[int(index[1])], name.lower())
    bare = re.sub(
        r"[\(\[](?![xyz][\)\]]).*?[\)\]]|[:_ ]*(m/s.*|deg.*|rad(?!_[xyz]$).*|mps2|dps|(?<=[xyz])_g)$",
        " ",
        word,
    ).strip()
    for role, pattern in (("count", _COUNT), ("time", _TIME)):
        if re.search(pattern, bare):
            return role
    axis = re.search(_AXIS, bare)
    if axis is None or re.search(_GRAVITY_FREE, word) or re.search(_OTHER, word):
        return None
    stated = [quantity for quantity in ("acc", "gyr") if stated_unit(quantity, name)]
    named = [each for each in _CALLED if re.search(rf"{_CALLED[each]}|{_LETTERS[each]}", word)]
    quantity = next(iter(stated + named), None)
    return quantity and f"{quantity}_{axis.group(1)}"


def named_after(file: str, header: Sequence[str]) -> list[str]:
    """Return the names of a header; axes alone, named after what the file is called after."""
    axes, kind = axes_alone(header), kind_of(file.rsplit("/", 1)[-1])
    if kind is None or len(axes) != 3:
        return list(header)
    return [f"{kind}_{axes[i]}" if i in axes else name for i, name in enumerate(header)]


def same_sensor(file: str, other: str) -> bool:
    """Whether two files are called alike, but for the half that each holds, and dates, times and rates."""
    words, others = (
        {
            word
            for word in re.findall(
                r"[^\W_]+", name.lower().rsplit(".", 1)[0].replace("uncalibrated", "")
            )
            if kind_of(word) is None and not re.fullmatch(r"\d+(hz|t\d+|z)?", word)
        }
        for name in (file, other)
    )
    return words == others


def axes_alone(header: Sequence[str]) -> dict[int, str]:
    """Return which columns are called x, y and z and no more."""
    found = {i: re.match(_AXIS_ALONE, name, re.IGNORECASE) for i, name in enumerate(header)}
    return {i: axis.group(1).lower() for i, axis in found.items() if axis}


def kind_of(word: str) -> str | None:
    """Return ``acc`` or ``gyr`` where `word` names one of the two, and not what was made of it."""
    if re.search(rf"{_GRAVITY_FREE}|uncal", word, re.IGNORECASE):
        return None
    kinds = [kind for kind, called in _CALLED.items() if re.search(called, word, re.IGNORECASE)]
    return kinds[0] if len(kinds) == 1 else None
