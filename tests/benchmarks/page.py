"""Print what the live page costs: server, delay from sample to screen, memory over a simulated hour.

Run with ``python -m tests.benchmarks.page``; it needs chromium and playwright. Two simulated shoes at
208 Hz come in bursts, thirty a second each, as from a radio; nothing is analysed meanwhile, so what the
process spends is the page's own. The hour is fed sixty times as fast as it would come.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn

RATE_HZ, BURSTS_HZ, SENSORS = 208.0, 30.0, 2
WARM_S, MEASURED_S, HOUR_S, SPEED = 8.0, 30.0, 3600.0, 60.0


def bursts(count):
    """Yield rows (n, 9) of one burst after the other, like those of a real foot in size."""
    rng, first = np.random.default_rng(1), 0
    per = RATE_HZ / BURSTS_HZ
    for k in range(count):
        last = round((k + 1) * per)
        rows = rng.normal(0.0, 20.0, (last - first, 9))
        rows[:, 0] = np.arange(first, last) / RATE_HZ
        yield rows
        first = last


def feed(hub, seconds, speed=1.0):
    """Hand bursts to the hub in step with the clock, and a view 2.5 times a second."""
    began = time.monotonic()
    for k, rows in enumerate(bursts(round(seconds * BURSTS_HZ))):
        for sensor in range(SENSORS):
            hub.add(sensor, rows)
        if k % 12 == 0:
            hub.change(
                phase="set", view={"title": "benchmark", "now_s": k / BURSTS_HZ, "links": []}
            )
        time.sleep(max(0.0, began + (k + 1) / BURSTS_HZ / speed - time.monotonic()))


def rss_mb():
    """Return this process's memory, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(page, browser):
    """Return CPU share of one core in %, delays in ms, draws a second, and memory before and after."""
    hub = page.runner.hub
    feeding = threading.Thread(target=feed, args=(hub, WARM_S + MEASURED_S), daemon=True)
    feeding.start()
    time.sleep(WARM_S)
    browser.evaluate("M.latency_ms.length = 0, M.draws = 0")
    cpu, wall = time.process_time(), time.monotonic()
    feeding.join()
    spent = 100.0 * (time.process_time() - cpu) / (time.monotonic() - wall)
    delays = np.array(browser.evaluate("M.latency_ms"))
    draws = browser.evaluate("M.draws") / MEASURED_S
    before = rss_mb()
    feed(hub, HOUR_S, SPEED)
    rows = browser.evaluate("M.rows")
    return spent, delays, draws, before, rss_mb(), rows


def main():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium (apt-get install chromium)")
    with tempfile.TemporaryDirectory() as home:
        os.environ["IMU_ANKLE_HOME"] = home
        from imu_ankle.web.server import _listening, make_page

        sock = _listening("127.0.0.1", 0)
        port = sock.getsockname()[1]
        page = make_page(port)
        config = uvicorn.Config(page.app, log_level="warning", ws="websockets-sansio")
        server = uvicorn.Server(config)
        threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(f"http://127.0.0.1:{port}/?token={page.keys.new_token()}")
            tab.wait_for_function("window.M && M.states > 0")
            spent, delays, draws, before, after, rows = measure(page, tab)
            browser.close()
        server.should_exit = True
    print("| two shoes at 208 Hz, one browser | measured |")
    print("|---|---|")
    print(f"| server and hub, % of one core | {spent:.1f} |")
    print(
        f"| sample to screen, ms, median / p95 | {np.median(delays):.0f} / {np.percentile(delays, 95):.0f} |"
    )
    print(f"| redraws a second | {draws:.0f} |")
    print(f"| memory before and after an hour, MB | {before:.0f} / {after:.0f} |")
    print(f"| rows that reached the browser | {rows} |")


if __name__ == "__main__":
    main()
