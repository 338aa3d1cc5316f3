"""A few tries of every fault; `python -m tests.benchmarks.reliability` makes many."""

import os

import pytest

from tests.faults import harm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL and file locks of POSIX")
needs_mount = pytest.mark.skipif(bool(harm.can_mount()), reason=harm.can_mount() or "-")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return harm.make_whole(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def copied(whole, tmp_path):
    return harm.prepared(whole, tmp_path)


def check(outcome):
    assert outcome.lost == 0
    assert outcome.torn == 0
    assert outcome.healed
    assert outcome.left == 0


@pytest.mark.parametrize("seed", [1])
@pytest.mark.parametrize("what", ["record", "rescoring", "rebuilding"])
def test_kill_9(copied, what, seed):
    outcome = harm.killed(what, copied, seed, longest_s=0.3)
    check(outcome)
    # 4000 samples a second are handed over, 20 times as fast as a sensor does
    assert (outcome.samples or 0) <= 400


def test_programs_at_once(copied):
    whats = ("take_sets", "rebuild_for_a_while", "rescore_for_a_while", "delete_for_a_while")
    outcome = harm.at_once(whats, copied, seed=1)
    assert outcome.said == ()
    check(outcome)


@pytest.mark.parametrize("seed", range(2))
def test_clock_jumps(copied, seed):
    outcome = harm.clock_jumps(copied, seed)
    check(outcome)
    assert outcome.samples == 0


@needs_mount
def test_a_full_disk(whole, tmp_path):
    outcome = harm.full_disk(whole, tmp_path, size_kb=3000)
    check(outcome)
    assert outcome.samples is not None
    assert outcome.samples <= 400


@needs_mount
@pytest.mark.parametrize("words", [["rescore"], ["delete", "last"]])
def test_a_data_home_that_cannot_be_written_to_stays_as_it_is(copied, words):
    outcome = harm.read_only(copied, words)
    check(outcome)
    assert "exit 1" in outcome.said[0]
    assert "Read-only file system" in outcome.said[0]


@needs_mount
def test_a_data_home_that_cannot_be_written_to_is_shown(copied):
    for score in copied.glob("sessions/*/*_t01.score.json"):
        score.unlink()  # what is missing is made, and kept nowhere
    outcome = harm.read_only(copied, ["trends", "--json"])
    check(outcome)
    assert "exit 0" in outcome.said[0]
    assert "can't be written to" in outcome.said[0]
