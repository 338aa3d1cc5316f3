"""The hub: newest wins, nothing queues."""

import numpy as np

from imu_ankle.web.hub import Hub


def rows(first, count, rate_hz=208.0):
    table = np.zeros((count, 9))
    table[:, 0] = (first + np.arange(count)) / rate_hz
    table[:, 1] = np.arange(first, first + count)
    return table


def test_state_is_replaced_and_none_takes_away():
    hub = Hub()
    hub.change(phase="set", view={"a": 1})
    version, state = hub.state()
    hub.change(view=None)
    assert state["view"] == {"a": 1}
    assert "view" not in hub.state()[1]
    assert hub.state()[0] > version


def test_a_browser_gets_each_row_once_and_in_order():
    hub = Hub()
    total, got = 0, []
    for k in range(20):
        hub.add(0, rows(100 * k, 100))
        if k % 3 == 0:
            total, new, _ = hub.since(0, total)
            got += new[:, 1].tolist()
    assert got == list(range(len(got)))
    assert len(got) == 1900


def test_a_slow_browser_gets_the_newest_seconds_and_memory_stays():
    hub = Hub()
    for k in range(1000):
        hub.add(1, rows(208 * k, 208))
    total, new, at_ms = hub.since(1, 0)
    assert total == 208_000
    assert new[-1, 0] - new[0, 0] <= 12.0
    assert len(new) <= 4096
    assert at_ms > 0.0
    assert hub.since(1, total)[1].shape == (0, 7)


def test_said_lines_are_bounded():
    hub = Hub()
    for k in range(1000):
        hub.say(str(k))
    assert hub.state()[1]["said"][-1] == "999"
    assert len(hub.state()[1]["said"]) < 20
