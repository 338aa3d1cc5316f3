"""`imu-ankle doctor`: what works here, what doesn't, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from imu_ankle.bluetooth.link import scan
from imu_ankle.bluetooth.stream import Change, Stream
from imu_ankle.cli.show import print_json
from imu_ankle.core.errors import ImuAnkleError, SensorError
from imu_ankle.core.version import VERSION
from imu_ankle.history.sessions import complete, find_open
from imu_ankle.io.home import data_home
from imu_ankle.io.recorder import is_being_recorded
from imu_ankle.sensors.protocol import StreamConfig, Timing
from imu_ankle.session.loop import sensor_loop
from imu_ankle.session.sources import INSTALL, SensorPool

if TYPE_CHECKING:
    from collections.abc import Iterator

_LITTLE_DISK_MB, _NO_DISK_MB = 1000, 100  # an hour of two shoes at 208 Hz takes about 200 MB
_MUCH_LOSS, _SOME_LOSS = 0.02, 0.0
_SLOW_S = 0.25  # 95 % of packets should be here by then


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's."""

    name: str
    level: str  # ok, warn or fail
    found: str
    remedy: str = ""


def run_doctor(sensor: str | None, seconds: float, *, as_json: bool) -> int:
    """Look at machine, data and radio, and at a sensor where one is named; return the status."""
    checks = [_software(), *_data(), *_unfinished(), *_radio(sensor)]
    if sensor is not None:
        simulated = " (SIMULATED)" if sensor.startswith("virtual:") else ""
        print(f"streaming from {sensor} for {seconds:g} s{simulated} ...", file=sys.stderr)
        checks += sensor_loop().run(_sensor(sensor, seconds))
    if as_json:
        keys = ("name", "level", "found", "remedy")
        print_json([{key: getattr(check, key) for key in keys} for check in checks])
    else:
        _print(checks)
    failed = {check.name for check in checks if check.level == "fail"}
    if failed & {"bluetooth", "sensor"}:
        return SensorError.exit_code
    return 1 if failed else 0


def _print(checks: list[Check]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    styles = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    for check in checks:
        text = check.found + (f". {check.remedy}" if check.remedy else "")
        table.add_row(f"[{styles[check.level]}]{check.level}[/]", check.name, escape(text))
    Console(highlight=False).print(table)


def _software() -> Check:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("bleak", "numpy", "scipy")
    )
    found = f"imu_ankle {VERSION}, Python {platform.python_version()}, {versions}"
    return Check("software", "ok", f"{found}, {platform.system()} {platform.release()}")


def _data() -> Iterator[Check]:
    home = data_home()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        remedy = "Make it writable, or name another with --data or IMU_ANKLE_HOME"
        yield Check("data folder", "fail", f"{home}: {error.strerror}", remedy)
        return
    open_to_others = os.name == "posix" and home.stat().st_mode & 0o077
    if open_to_others:
        yield Check(
            "data folder", "warn", f"{home} can be read by other users", f"chmod 700 {home}"
        )
    else:
        yield Check("data folder", "ok", str(home))
    free_mb = shutil.disk_usage(home).free // 1_000_000
    if free_mb < _LITTLE_DISK_MB:
        level = "fail" if free_mb < _NO_DISK_MB else "warn"
        yield Check("disk", level, f"{free_mb} MB free", "Make room before you record")
    else:
        yield Check("disk", "ok", f"{free_mb / 1000:.0f} GB free")


def _unfinished() -> Iterator[Check]:
    unclosed, broken = find_open(data_home())
    for text in broken:
        yield Check("recordings", "warn", text, "Mend or move that file away")
    for path in unclosed:
        if is_being_recorded(path):
            yield Check("recordings", "ok", f"{path} is being recorded")
            continue
        try:
            complete(path)
            yield Check("recordings", "warn", f"{path} was never closed; it is completed now")
        except (ImuAnkleError, OSError) as error:
            yield Check("recordings", "fail", f"{path} can't be completed: {error}")
    if not unclosed and not broken:
        yield Check("recordings", "ok", "none was left open")


def _radio(sensor: str | None) -> Iterator[Check]:
    try:
        version = importlib.metadata.version("bumble")
        yield Check("software radio", "ok", f"bumble {version}, for virtual sensors")
    except importlib.metadata.PackageNotFoundError:
        yield Check("software radio", "warn", "not installed: no demo, no virtual sensor", INSTALL)
    if sensor is not None and sensor.startswith("virtual:"):
        return
    try:
        loop = sensor_loop()
        found = loop.run(scan(loop.radio, 3.0))
    except SensorError as error:
        remedies = {
            "Linux": "Install bluez, start it (systemctl start bluetooth), unblock the adapter "
            "(rfkill unblock bluetooth)",
            "Darwin": "Allow your terminal under Privacy, Bluetooth",
        }
        remedy = remedies.get(platform.system(), "Turn Bluetooth on in the system's settings")
        yield Check("bluetooth", "fail", str(error), remedy)
        return
    known = [each.name or each.address for each in found if each.sensor is not None]
    if known:
        yield Check("bluetooth", "ok", f"works; in range: {', '.join(known)}")
    else:
        yield Check(
            "bluetooth", "warn", f"works; {len(found)} devices, none of a known kind",
            "Switch the sensor on, and close other programs that use it",
        )  # fmt: skip


async def _sensor(wanted: str, seconds: float) -> list[Check]:
    """Stream for a while; tell loss, rate, delay."""
    try:
        async with SensorPool(sensor_loop().radio) as pool:
            (source,) = await pool.sources([wanted])
            sensor = source.found.sensor
            wish = StreamConfig(rate_hz=sensor.usual_rate_hz) if sensor else StreamConfig()
            stream = Stream(source.radio, source.found, wish)
            async for item in stream.run():
                if not isinstance(item, Change) and stream.clock.end_s >= seconds:
                    stream.stop()
            return list(_measured(stream))
    except SensorError as error:
        remedy = (
            "" if error.code == "no_bluetooth" else "Charge it, move closer, switch it on again"
        )
        return [Check("sensor", "fail", str(error), remedy)]


def _measured(stream: Stream) -> Iterator[Check]:
    clock, ledger, sent = stream.clock, stream.clock.ledger, stream.format
    line = clock.host.line()
    if line is None or sent is None or not ledger.received:
        yield Check("sensor", "fail", "it connected, but sent nothing", "Switch it off and on")
        return
    battery = f", battery {sent.battery_pct} %" if sent.battery_pct is not None else ""
    yield Check("sensor", "ok", f"{sent.model}, firmware {sent.firmware}{battery}")
    yield Check("time", "ok", stream.sensor.knows)
    share = ledger.lost / ledger.end
    level = "fail" if share > _MUCH_LOSS else "warn" if share > _SOME_LOSS else "ok"
    found = f"{ledger.lost} of {ledger.end} samples ({100 * share:.2f} %)"
    found += f", {stream.reconnects} reconnects, {stream.bad_packets} bad packets"
    found += f", packets of up to {stream.longest_packet} bytes"
    untimed = stream.sensor.timing is Timing.UNTIMED
    if untimed:
        found += "; of losses only silences show"
    yield Check("loss", level, found, "" if level == "ok" else "Carry the computer closer")
    by = "as it arrives" if untimed else "by its own clock"
    rate = f"{clock.rate_hz:.2f} Hz {by} ({sent.rate_hz:g} nominal)"
    if not untimed:
        drift = f"drift {line.drift_ppm:+.0f} ppm against this machine"
        rate += f", {drift if line.drift_ppm else 'drift: 30 s are needed'}"
    yield Check("rate", "ok", rate)
    late_s = np.percentile(clock.host.delays_s(line), [50, 95, 100])
    level = "warn" if late_s[1] > _SLOW_S else "ok"
    found = "beyond the quickest packet: median {:.0f}, 95 % {:.0f}, worst {:.0f} ms".format(
        *(late_s * 1000.0)
    )
    yield Check("delay", level, found, "" if level == "ok" else "The radio is busy; move closer")
