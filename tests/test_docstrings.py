"""The examples in public docstrings run, and give what they say."""

import doctest
import importlib
import inspect

import pytest

import imu_ankle

_PUBLIC = [getattr(imu_ankle, name) for name in imu_ankle.__all__]
_MODULES = sorted(
    {each.__module__ for each in _PUBLIC if inspect.isclass(each) or inspect.isfunction(each)}
    | {"imu_ankle"}
)


@pytest.mark.parametrize("module", _MODULES)
def test_examples_give_what_they_say(module, tmp_path, monkeypatch):
    if module == "imu_ankle.session.connection":
        pytest.importorskip("bumble", reason="a virtual sensor needs the extra `virtual`")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMU_ANKLE_HOME", str(tmp_path / "home"))
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    outcome = doctest.testmod(importlib.import_module(module), optionflags=flags)
    assert outcome.failed == 0


@pytest.mark.parametrize(
    "name",
    ["analyze", "analyze_run", "segment", "load_example", "metrics", "parameters", "connect"],
)
def test_public_functions_have_an_example(name):
    assert ">>> " in (inspect.getdoc(getattr(imu_ankle, name)) or "")
