"""One event loop a process, with the one radio on it; signals end work in order."""

import ast
import asyncio
import signal
import threading
import time

import pytest

from imu_ankle.session.loop import Interruption, SensorLoop, sensor_loop


@pytest.fixture
def loop():
    return SensorLoop()


def test_a_process_has_one_loop_and_one_radio():
    assert sensor_loop() is sensor_loop()
    assert sensor_loop().radio is sensor_loop().radio


def test_everything_runs_on_one_thread_whoever_asks(loop):
    async def thread():
        return threading.current_thread().name, id(asyncio.get_running_loop())

    seen = {loop.run(thread())}
    asking = threading.Thread(target=lambda: seen.add(loop.run(thread())))
    asking.start()
    asking.join()
    assert len(seen) == 1


def test_an_error_comes_back_as_it_is_a_timeout_too(loop):
    async def fails(error):
        raise error

    for error in (ValueError("mine"), TimeoutError("late")):
        with pytest.raises(type(error), match=str(error)):
            loop.run(fails(error))


def interrupt_soon():
    timer = threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT))
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.3, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()


def test_ctrl_c_asks_for_an_end_where_somebody_listens(loop):
    interruption, ended = Interruption(), asyncio.Event()

    async def work():
        interruption.heard_by.append(ended.set)
        await ended.wait()
        return "in order"

    interrupt_soon()
    assert loop.run(work(), interruption) == "in order"


def test_ctrl_c_ends_what_does_not_listen(loop):
    async def work():
        await asyncio.sleep(60.0)

    began = time.monotonic()
    interrupt_soon()
    with pytest.raises(KeyboardInterrupt):
        loop.run(work())
    assert time.monotonic() - began < 30.0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_no_other_loop_is_begun(project):
    """`asyncio.run` is nowhere in the program."""
    for path in (project / "imu_ankle").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) != ("asyncio", "run"), path
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Radio":
                own = {"loop.py", "sources.py", "air.py"}
                assert path.name in own, f"{path} makes a radio of its own"
