"""`imu-ankle scan`."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from imu_ankle.bluetooth.link import Found, Radio, read_battery, scan
from imu_ankle.cli.show import print_json
from imu_ankle.session.loop import sensor_loop
from imu_ankle.session.sources import require_virtual


def run_scan(
    seconds: float, *, virtual: bool, connect: bool, everything: bool, as_json: bool
) -> int:
    """List what is in range; return the exit status."""
    loop = sensor_loop()
    print(f"listening for {seconds:g} s ...", file=sys.stderr)
    if virtual:
        require_virtual()
        print("SIMULATED: two virtual sensors on a software radio", file=sys.stderr)
        found = loop.run(_scan_virtual(seconds, connect=connect))
    else:
        found = loop.run(_scan(loop.radio, seconds, connect=connect))
    shown = [each for each in found if everything or each.sensor is not None]
    if as_json:
        print_json([_to_object(each) for each in shown])
    elif shown:
        _print(shown)
    hidden = len(found) - len(shown)
    if not shown:
        print(
            "no known sensor. Is it on, near, and not connected to another program? "
            "`imu-ankle doctor` looks at this machine's Bluetooth",
            file=sys.stderr,
        )
    if hidden:
        print(f"{hidden} other devices (--all lists them)", file=sys.stderr)
    return 0 if shown else 4


async def _scan(radio: Radio, seconds: float, *, connect: bool) -> list[Found]:
    found = await scan(radio, seconds)
    if not connect:
        return found
    return [
        await read_battery(radio, each)
        if each.sensor is not None and each.battery_pct is None
        else each
        for each in found
    ]


async def _scan_virtual(seconds: float, *, connect: bool) -> list[Found]:
    from imu_ankle.virtual.spec import open_virtual, parse_spec

    words = ("virtual:lateral-hops", "virtual:jump-squats,side=left,kind=movesense")
    async with open_virtual([parse_spec(word) for word in words]) as air:
        return await _scan(air.radio, seconds, connect=connect)


def _to_object(found: Found) -> dict[str, object]:
    sensor = found.sensor
    return {
        "name": found.name,
        "address": found.address,
        "sensor": sensor.key if sensor else None,
        "grade": str(sensor.timing) if sensor else None,
        "rssi_dbm": found.rssi_dbm,
        "battery_pct": found.battery_pct,
    }


def _print(found: list[Found]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("name", "sensor", "signal", "battery", "time and loss", "address"):
        table.add_column(column, no_wrap=True)
    for each in found:
        sensor = each.sensor
        table.add_row(
            escape(each.name) if each.name else "–",  # from outside: it may hold brackets
            sensor.title.partition(" (")[0] if sensor else "not known",
            f"{each.rssi_dbm} dBm" if each.rssi_dbm is not None else "–",
            f"{each.battery_pct} %" if each.battery_pct is not None else "–",
            f"grade {sensor.timing}" if sensor else "",
            each.address,
        )
    Console(highlight=False).print(table)
    for sensor in {each.sensor.key: each.sensor for each in found if each.sensor}.values():
        print(f"{sensor.title}: {sensor.knows}")
