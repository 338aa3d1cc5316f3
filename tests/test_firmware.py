"""The portable firmware of firmware_notes/src, compiled for this machine and driven from here.

Every expectation comes from firmware_notes/ankle_imu_v1.md.
"""

import ctypes
import random
import re
import shutil
import struct
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
pytestmark = pytest.mark.skipif(
    COMPILER is None or sys.platform == "win32",
    reason="needs a C compiler (cc, gcc or clang), and is not tried on Windows",
)

NOTES = Path(__file__).parent.parent / "firmware_notes"
IDLE, READY, STREAMING, BUFFERING = range(4)
LIVE, RESENT, EVENT = 1, 2, 3
DROPPED, ACC_CLIPPED, GYR_CLIPPED, LAST, RESTARTED, MARKED = (1 << bit for bit in range(6))
OK, BAD_LENGTH, BAD_STATE, BAD_ARG = 0x00, 0x0D, 0x80, 0x81
BAD_VERSION, BUSY, NOT_AVAILABLE, LOW_BATT = 0x82, 0x83, 0x84, 0x85
PERIOD_US = 4808
CLIP = 32760

BOARD = r"""
#include "ankle_imu.h"

static bool apply(void *board, uint16_t rate_hz, uint8_t acc_g, uint16_t gyr_dps, ankle_facts *facts)
{
    (void)board;
    if (rate_hz != 52 && rate_hz != 104 && rate_hz != 208 && rate_hz != 416) return false;
    if (acc_g != 8 && acc_g != 16) return false;
    if (gyr_dps != 500 && gyr_dps != 2000) return false;
    facts->chip = "LSM6DS3TR-C";
    facts->acc_g_per_lsb = (float)acc_g / 32768.0f;
    facts->gyr_dps_per_lsb = (float)gyr_dps / 28571.0f;
    facts->rate_hz = (float)rate_hz;
    facts->acc_g = acc_g;
    facts->gyr_dps = gyr_dps;
    facts->acc_clip = facts->gyr_clip = 32760;
    return true;
}

size_t dev_bytes(void) { return sizeof(ankle_dev); }
size_t row_bytes(void) { return sizeof(ankle_row); }
void make(ankle_dev *dev, ankle_row *ring, uint32_t capacity, uint16_t last_boot_id)
{
    ankle_init(dev, ring, capacity, apply, NULL, last_boot_id);
    for (uint8_t i = 0; i < 8; i++) dev->serial[i] = (uint8_t)(0xA0 + i);
}
void set_board(ankle_dev *dev, uint16_t mv, int16_t temp, bool low, bool dfu)
{
    dev->battery_mv = mv;
    dev->temp_c100 = temp;
    dev->battery_low = low;
    dev->dfu_allowed = dfu;
}
bool asks_identify(const ankle_dev *dev) { return dev->identify; }
bool asks_dfu(const ankle_dev *dev) { return dev->reboot_dfu; }
"""

Packet = namedtuple("Packet", "kind flags idx t_us samples")
Status = namedtuple("Status", "state last_err boot_id t_us total dropped batt_mv temp")


def decode(payload):
    type_ver, flags, idx, t_us = struct.unpack_from("<BBHI", payload)
    assert type_ver & 0x0F == 1
    assert (len(payload) - 8) % 12 == 0
    samples = list(struct.iter_unpack("<6h", payload[8:]))
    kind = type_ver >> 4
    assert kind in {LIVE, RESENT, EVENT}
    assert bool(samples) == (kind != EVENT)
    return Packet(kind, flags, idx, t_us, samples)


def reading(index):
    """A sample that no other index has, and that doesn't clip."""
    return (index % 30000, -(index % 29989), index // 30000, 11, -22, 33)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("firmware")
    board, target = folder / "board.c", folder / "firmware.so"
    board.write_text(BOARD)
    assert COMPILER is not None
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion"]
    subprocess.run(
        [COMPILER, *flags, "-O1", "-shared", "-fPIC", "-I", str(NOTES / "src"),
         str(NOTES / "src" / "ankle_imu.c"), str(board), "-o", str(target)],
        check=True,
    )  # fmt: skip
    loaded = ctypes.CDLL(str(target))
    for name in ("dev_bytes", "row_bytes", "ankle_pack", "ankle_next_packet", "ankle_next_status",
                 "ankle_status_read", "ankle_info_read", "ankle_config_read"):  # fmt: skip
        getattr(loaded, name).restype = ctypes.c_size_t
    for name in ("ankle_config_write", "ankle_ctrl_write"):
        getattr(loaded, name).restype = ctypes.c_uint8
    for name in ("ankle_measuring", "asks_identify", "asks_dfu"):
        getattr(loaded, name).restype = ctypes.c_bool
    return loaded


class Dev:
    """The firmware with what a board does to it; samples are counted as they're fed."""

    def __init__(self, library, capacity=4096, last_boot_id=6):
        self.lib, self.capacity, self.mtu = library, capacity, 247
        self.dev = ctypes.create_string_buffer(library.dev_bytes() + 8)
        guard, size = b"\xa5" * 32, capacity * library.row_bytes()
        self.ring = ctypes.create_string_buffer(b"\0" * size + guard)
        self.ring_end = (size, guard)
        library.make(self.dev, self.ring, capacity, last_boot_id)
        self.fed = 0
        self.t0_us = 1_000_000

    def config(self, rate=208, acc=16, gyr=2000, most=0, proto=1, axis=0, side=0):
        return self.write_config(
            struct.pack("<BBHBHBIBBH", proto, 0, rate, acc, gyr, most, 0, axis, side, 0)
        )

    def write_config(self, data):
        return self.lib.ankle_config_write(self.dev, data, len(data))

    def ctrl(self, data, now_us=0):
        return self.lib.ankle_ctrl_write(self.dev, data, len(data), ctypes.c_uint32(now_us))

    def start(self, epoch=1):
        before = self.status().boot_id
        error = self.ctrl(struct.pack("<BI", 1, epoch))
        if self.status().boot_id != before:
            self.fed = 0
        return error

    def stop(self, now_us=0):
        return self.ctrl(b"\2", now_us)

    def resend(self, idx, count):
        return self.ctrl(struct.pack("<BHH", 3, idx & 0xFFFF, count))

    def disconnect(self):
        self.lib.ankle_disconnected(self.dev)

    def feed(self, count):
        for _ in range(count):
            self.lib.ankle_sample(
                self.dev,
                struct.pack("<6h", *reading(self.fed)),
                ctypes.c_uint32(self.t_us(self.fed)),
            )
            self.fed += 1

    def t_us(self, index):
        return (self.t0_us + index * PERIOD_US) % 2**32

    def offer(self):
        out = ctypes.create_string_buffer(b"\xa5" * (self.mtu + 8))
        length = self.lib.ankle_next_packet(self.dev, self.mtu, out)
        assert length <= self.mtu - 3
        assert out.raw[length : length + 8] == b"\xa5" * 8
        assert self.ring.raw[self.ring_end[0] :].startswith(self.ring_end[1])
        return out.raw[:length]

    def sent(self):
        self.lib.ankle_sent(self.dev)

    def drain_bytes(self):
        packets = []
        while payload := self.offer():
            self.sent()
            packets.append(payload)
        return packets

    def drain(self):
        return [decode(payload) for payload in self.drain_bytes()]

    def read(self, what, now_us=0):
        out = ctypes.create_string_buffer(256)
        late = (ctypes.c_uint32(now_us),) if "status" in what else ()
        length = getattr(self.lib, f"ankle_{what}")(self.dev, *late, out)
        return out.raw[:length]

    def status(self, now_us=0):
        return Status(*struct.unpack("<BBHIIIHh", self.read("status_read", now_us)))

    def info(self):
        data, facts = self.read("info_read"), {}
        while data:
            tag, length = data[:2]
            facts[tag], data = data[2 : 2 + length], data[2 + length :]
            assert len(facts[tag]) == length
        return facts

    def notified(self, now_us=0):
        return self.read("next_status", now_us)


@pytest.fixture
def dev(library):
    return Dev(library)


@pytest.fixture
def streaming(dev):
    assert dev.config() == OK
    assert dev.start() == OK
    return dev


def indices(packets, kind):
    return [p.idx + i for p in packets if p.kind == kind for i in range(len(p.samples))]


# packets ------------------------------------------------------------------------------------


def test_packet_has_the_published_bytes(library):
    rows = struct.pack("<6hI", 1, -2, 4096, 300, -5, 7, 123456789)
    rows += struct.pack("<6hI", 32767, -32768, 0, 0, 0, 0, 123461597)
    out = ctypes.create_string_buffer(64)
    length = library.ankle_pack(out, LIVE, 0, 70000, 123456789, rows, 2, 2)
    vector = "1100701115cd5b07 0100feff00102c01fbff0700 ff7f00800000000000000000"
    assert out.raw[:length].hex() == vector.replace(" ", "")


def test_packets_hold_the_samples_in_order(streaming):
    streaming.feed(80)
    packets = streaming.drain()
    assert [sample for p in packets for sample in p.samples] == [reading(i) for i in range(80)]
    assert indices(packets, LIVE) == list(range(80))
    assert [p.t_us for p in packets] == [streaming.t_us(p.idx) for p in packets]


@pytest.mark.parametrize(
    ("mtu", "rate", "most", "count"),
    [(23, 208, 0, 1), (185, 208, 0, 8), (247, 208, 0, 8), (185, 416, 0, 14), (247, 416, 0, 16),
     (247, 52, 0, 2), (247, 208, 3, 3), (247, 208, 40, 8), (23, 208, 5, 1), (0, 208, 0, 1)],
)  # fmt: skip
def test_packet_is_limited_by_the_mtu_and_by_config(dev, mtu, rate, most, count):
    dev.config(rate=rate, most=most)
    dev.start()
    dev.mtu = max(mtu, 23)
    dev.feed(count - 1)
    assert not dev.offer()
    dev.feed(1 + 2 * count)
    assert [len(p.samples) for p in dev.drain()] == [count] * 3


@pytest.mark.parametrize(("mtu", "count"), [(23, 1), (185, 14), (247, 19)])
def test_resent_packets_are_as_long_as_the_mtu_allows(streaming, mtu, count):
    streaming.feed(80)
    streaming.drain()
    streaming.mtu = mtu
    streaming.resend(0, 40)
    assert len(streaming.drain()[0].samples) == count


@pytest.mark.parametrize(
    ("raw", "flags"),
    [((CLIP, 0, 0, 0, 0, 0), ACC_CLIPPED), ((0, 0, -32768, 0, 0, 0), ACC_CLIPPED),
     ((0, 0, 0, 0, -CLIP, 0), GYR_CLIPPED), ((32767,) * 6, ACC_CLIPPED | GYR_CLIPPED),
     ((CLIP - 1, 1 - CLIP, 0, 0, 0, CLIP - 1), 0)],
)  # fmt: skip
def test_clipping_is_flagged_in_its_packet_only(streaming, raw, flags):
    streaming.feed(8)
    streaming.drain()
    streaming.lib.ankle_sample(streaming.dev, struct.pack("<6h", *raw), 0)
    streaming.feed(15)
    assert [p.flags for p in streaming.drain()] == [flags, 0]


def test_index_and_time_are_right_across_their_wraps(library):
    dev = Dev(library, capacity=256)
    dev.config()
    dev.start()
    dev.t0_us = 2**32 - 66_000 * PERIOD_US  # time wraps after the index did
    received = []
    for _ in range(9000):
        dev.feed(8)
        received += dev.drain()
    assert dev.status().total == 72_000
    assert [p.idx for p in received] == [i % 2**16 for i in range(0, 72_000, 8)]
    assert [p.t_us for p in received] == [dev.t_us(i) for i in range(0, 72_000, 8)]
    samples = [s for p in received for s in p.samples]
    assert samples == [reading(i) for i in range(72_000)]
    assert dev.resend(71_900, 10) == OK
    assert dev.drain()[0].samples == [reading(i) for i in range(71_900, 71_910)]


def test_resend_finds_the_latest_index_with_these_low_bits(library):
    dev = Dev(library, capacity=1000)
    dev.config()
    dev.start()
    for _ in range(0, 65_600, 8):
        dev.feed(8)
        dev.drain()
    assert dev.resend(65_500, 100) == OK
    (*_, last) = packets = dev.drain()
    assert [s for p in packets for s in p.samples] == [reading(i) for i in range(65_500, 65_600)]
    assert last.idx < 100


# states -------------------------------------------------------------------------------------


def bring(dev, state):
    """Bring a fresh sensor into a state, with 20 samples where it streams or did."""
    if state == IDLE:
        return
    dev.config()
    if state in {STREAMING, BUFFERING}:
        dev.start(epoch=7)
        dev.feed(20)
        dev.drain()
    if state == BUFFERING:
        dev.disconnect()
    assert dev.status().state == state


COMMANDS = {
    "start same": struct.pack("<BI", 1, 7),
    "start other": struct.pack("<BI", 1, 8),
    "stop": b"\2",
    "resend": struct.pack("<BHH", 3, 4, 8),
    "time": struct.pack("<BI", 4, 1),
    "mark": b"\5",
    "led": b"\6",
    "log start": b"\7",
    "log fetch": b"\x09\0\0",
}
OPEN = struct.pack("<BBHBHBIBBH", 1, 0, 104, 8, 500, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("event", "answers", "states"),
    [
        ("config", (OK, OK, BAD_STATE, BAD_STATE), (READY, READY, STREAMING, BUFFERING)),
        ("start same", (BAD_STATE, OK, OK, OK), (IDLE, STREAMING, STREAMING, STREAMING)),
        ("start other", (BAD_STATE, OK, OK, OK), (IDLE, STREAMING, STREAMING, STREAMING)),
        ("stop", (OK, OK, OK, OK), (IDLE, READY, READY, READY)),
        ("resend", (BAD_STATE, NOT_AVAILABLE, OK, BAD_STATE), range(4)),
        ("time", (OK, OK, OK, OK), range(4)),
        ("mark", (OK, OK, OK, OK), range(4)),
        ("led", (OK, OK, OK, OK), range(4)),
        ("log start", (NOT_AVAILABLE,) * 4, range(4)),
        ("log fetch", (NOT_AVAILABLE,) * 4, range(4)),
        ("disconnect", (None,) * 4, (IDLE, READY, BUFFERING, BUFFERING)),
        ("sample", (None,) * 4, range(4)),
    ],
)
@pytest.mark.parametrize("state", [IDLE, READY, STREAMING, BUFFERING])
def test_state_machine(dev, state, event, answers, states):
    bring(dev, state)
    answer = None
    if event == "config":
        answer = dev.write_config(OPEN)
    elif event == "disconnect":
        dev.disconnect()
    elif event == "sample":
        dev.feed(1)
    else:
        answer = dev.ctrl(COMMANDS[event])
    assert answer == answers[state]
    assert dev.status().state == states[state]
    assert dev.status().last_err == (answer or 0)
    assert dev.lib.ankle_measuring(dev.dev) == (states[state] in {STREAMING, BUFFERING})


@pytest.mark.parametrize("length", [0, 1, 15, 17, 20])
def test_config_of_another_length(dev, length):
    assert dev.write_config(bytes([1] * length)) == BAD_LENGTH
    assert dev.status().state == IDLE


@pytest.mark.parametrize(
    ("wish", "error"),
    [({"proto": 2}, BAD_VERSION), ({"proto": 0}, BAD_VERSION), ({"rate": 100}, BAD_ARG),
     ({"acc": 3}, BAD_ARG), ({"gyr": 1000}, BAD_ARG), ({"axis": 1}, BAD_ARG),
     ({"side": 3}, BAD_ARG), ({"side": 2}, OK)],
)  # fmt: skip
def test_config_that_is_not_offered(dev, wish, error):
    assert dev.config(**wish) == error
    assert dev.status().state == (READY if error == OK else IDLE)


def test_refused_config_changes_nothing(dev):
    dev.config(rate=104, acc=8)
    before = dev.read("config_read"), dev.info()
    assert dev.config(rate=333) == BAD_ARG
    assert (dev.read("config_read"), dev.info()) == before


def test_config_reads_back_with_the_clock(dev):
    fresh = struct.unpack("<BBHBHBIBBH", dev.read("config_read"))
    assert fresh == (1, 0, 0, 0, 0, 0, 1_000_000, 0, 0, 0)
    dev.write_config(struct.pack("<BBHBHBIBBH", 1, 0xFF, 104, 8, 500, 4, 99, 0, 2, 0xFFFF))
    read = struct.unpack("<BBHBHBIBBH", dev.read("config_read"))
    assert read == (1, 0, 104, 8, 500, 4, 1_000_000, 0, 2, 0)


@pytest.mark.parametrize("opcode", range(12))
@pytest.mark.parametrize("extra", [1, -1])
def test_command_of_another_length(streaming, opcode, extra):
    lengths = {1: 5, 2: 1, 3: 5, 4: 5, 5: 1, 6: 1, 7: 1, 8: 1, 9: 3, 10: 5}
    length = lengths.get(opcode, 1) + extra
    assert streaming.ctrl(bytes([opcode] * length)) == BAD_ARG
    assert streaming.status().state == STREAMING


def test_unknown_commands(streaming):
    assert streaming.ctrl(b"") == BAD_ARG
    for opcode in [0, *range(11, 256)]:
        for length in (1, 3, 5):
            assert streaming.ctrl(bytes([opcode]) + bytes(length - 1)) == BAD_ARG


def test_start_of_the_same_epoch_goes_on(streaming):
    streaming.feed(16)
    first = streaming.drain()
    before = streaming.status()
    assert streaming.start(epoch=1) == OK
    streaming.feed(16)
    more = streaming.drain()
    assert streaming.status().boot_id == before.boot_id
    assert indices(first + more, LIVE) == list(range(32))
    assert [p.flags for p in first + more] == [RESTARTED, 0, 0, 0]


def test_start_of_another_epoch_begins_anew(streaming):
    streaming.feed(20)
    streaming.drain()
    before = streaming.status().boot_id
    assert streaming.start(epoch=2) == OK
    streaming.feed(16)
    packets = streaming.drain()
    assert indices(packets, LIVE) == list(range(16))
    assert [p.flags for p in packets] == [RESTARTED, 0]
    assert streaming.status().boot_id == before + 1


def test_boot_id_counts_bases_and_wraps(library):
    dev = Dev(library, last_boot_id=0xFFFE)
    assert dev.status().boot_id == 0xFFFF
    dev.config()
    assert dev.status().boot_id == 0xFFFF
    dev.start()
    assert dev.status().boot_id == 0
    dev.stop()
    dev.start()
    assert dev.status().boot_id == 1


def test_low_battery_refuses_a_new_stream_but_not_the_running_one(streaming):
    streaming.lib.set_board(streaming.dev, 3300, 2150, ctypes.c_bool(True), ctypes.c_bool(False))
    assert streaming.start(epoch=1) == OK
    assert streaming.start(epoch=2) == LOW_BATT
    assert streaming.status()[6:] == (3300, 2150)
    assert streaming.status().state == STREAMING


def test_reboot_needs_magic_permission_and_rest(dev):
    magic = struct.pack("<BI", 10, 0x5546440A)
    dev.config()
    assert dev.ctrl(struct.pack("<BI", 10, 0x0A444655)) == BAD_ARG
    assert dev.ctrl(magic) == NOT_AVAILABLE
    dev.lib.set_board(dev.dev, 0, 0, ctypes.c_bool(False), ctypes.c_bool(True))
    dev.start()
    assert dev.ctrl(magic) == BAD_STATE
    dev.stop()
    assert not dev.lib.asks_dfu(dev.dev)
    assert dev.ctrl(magic) == OK
    assert dev.lib.asks_dfu(dev.dev)


def test_led_is_asked_for(dev):
    assert not dev.lib.asks_identify(dev.dev)
    assert dev.ctrl(b"\6") == OK
    assert dev.lib.asks_identify(dev.dev)


def test_time_is_answered_before_the_status(dev):
    dev.config()
    assert dev.ctrl(struct.pack("<BI", 4, 0xCAFE), now_us=2**32 - 1) == OK
    assert struct.unpack("<II", dev.notified(now_us=5)) == (0xCAFE, 2**32 - 1)
    assert dev.notified(now_us=5) == dev.read("status_read", now_us=5)
    assert not dev.notified()


def test_every_change_of_state_is_notified(dev):
    seen = []
    dev.config()
    for action in (lambda: None, dev.start, dev.disconnect, dev.start, dev.stop):
        action()
        seen.append(dev.notified()[0])
        assert not dev.notified()
    assert seen == [READY, STREAMING, BUFFERING, STREAMING, READY]


def test_info_says_what_is_in_force(dev):
    assert set(dev.info()) == {1, 7, 8, 9}
    dev.config(rate=104, acc=8, gyr=500)
    info = dev.info()
    assert set(info) == set(range(1, 10))
    assert info[1] == b"LSM6DS3TR-C"
    assert struct.unpack("<fff", info[2] + info[3] + info[4]) == pytest.approx(
        (8 / 32768, 500 / 28571, 104), rel=1e-6
    )
    assert struct.unpack("<HH", info[5] + info[6]) == (8, 500)
    assert info[7] == bytes(range(0xA0, 0xA8))
    assert struct.unpack("<II", info[8] + info[9]) == (4096, 0)


# ends ---------------------------------------------------------------------------------------


def test_stop_sends_the_rest_and_says_so(streaming):
    streaming.feed(21)
    streaming.stop()
    assert streaming.status().state == READY
    packets = streaming.drain()
    assert [(p.kind, len(p.samples)) for p in packets] == [(LIVE, 8), (LIVE, 8), (LIVE, 5)]
    assert [p.flags for p in packets] == [RESTARTED, 0, LAST]


def test_stop_with_nothing_left_is_an_event(streaming):
    streaming.feed(16)
    streaming.drain()
    streaming.stop(now_us=987654321)
    payload = streaming.offer()
    assert len(payload) == 8
    assert decode(payload) == (EVENT, LAST, 16, 987654321, [])
    streaming.sent()
    assert not streaming.offer()


def test_stop_of_an_empty_stream(streaming):
    streaming.stop()
    assert [(p.kind, p.flags, p.idx) for p in streaming.drain()] == [(EVENT, RESTARTED | LAST, 0)]


def test_stop_twice_ends_once(streaming):
    streaming.stop()
    streaming.drain()
    assert streaming.stop() == OK
    assert streaming.drain() == []


def test_samples_after_the_stop_are_not_counted(streaming):
    streaming.feed(8)
    streaming.stop()
    streaming.feed(8)
    assert indices(streaming.drain(), LIVE) == list(range(8))
    assert streaming.status().total == 8


def test_config_may_follow_a_stop_at_once(streaming):
    streaming.feed(21)
    streaming.stop()
    assert streaming.config(rate=104) == OK
    assert [(p.kind, p.flags & LAST) for p in streaming.drain()] == [(EVENT, LAST)]
    assert streaming.status().dropped == 21
    assert streaming.resend(0, 21) == NOT_AVAILABLE  # they had another rate


def test_the_same_config_keeps_the_last_base(streaming):
    streaming.feed(21)
    streaming.stop()
    assert streaming.config(side=1) == OK
    streaming.drain()
    assert streaming.resend(0, 21) == OK
    assert indices(streaming.drain(), RESENT) == list(range(21))


def test_lost_without_a_count_begins_anew(streaming):
    streaming.feed(8)
    streaming.drain()
    before = streaming.status().boot_id
    streaming.lib.ankle_restart(streaming.dev)
    streaming.fed = 0
    streaming.feed(8)
    assert [(p.flags, p.idx) for p in streaming.drain()] == [(RESTARTED, 0)]
    assert streaming.status().boot_id == before + 1
    assert streaming.start(epoch=1) == OK
    assert streaming.status().boot_id == before + 1


# a lost link --------------------------------------------------------------------------------


def test_a_lost_link_leaves_a_hole_that_resending_fills(streaming):
    streaming.feed(43)
    received = streaming.drain()
    streaming.disconnect()
    streaming.feed(300)
    assert streaming.offer() == b""
    assert streaming.status().state == BUFFERING
    assert streaming.start(epoch=1) == OK
    streaming.feed(16)
    after = streaming.drain()
    assert indices(after, LIVE) == list(range(343, 359))
    assert [p.flags for p in after] == [DROPPED, 0]
    assert streaming.status().dropped == 303
    assert streaming.resend(40, 303) == OK
    resent = streaming.drain()
    assert indices(resent, RESENT) == list(range(40, 343))
    assert [p.t_us for p in resent] == [streaming.t_us(p.idx) for p in resent]
    assert sorted(indices(received + after, LIVE) + indices(resent, RESENT)) == list(range(359))
    samples = {p.idx + i: s for p in resent for i, s in enumerate(p.samples)}
    assert samples == {i: reading(i) for i in range(40, 343)}
    assert streaming.status().dropped == 303  # never sent live, though resent


def test_the_base_ends_when_the_first_missed_sample_would_be_overwritten(library):
    dev = Dev(library, capacity=128)
    dev.config()
    dev.start()
    dev.feed(43)
    dev.drain()  # up to 39
    dev.disconnect()
    dev.feed(125)
    assert dev.status().state == BUFFERING
    dev.feed(50)
    assert dev.status().state == READY
    assert dev.status().total == 168
    assert dev.resend(40, 128) == OK
    assert indices(dev.drain(), RESENT) == list(range(40, 168))
    before = dev.status().boot_id
    assert dev.start(epoch=1) == OK  # the same epoch, yet a new base
    dev.feed(8)
    assert [(p.flags, p.idx) for p in dev.drain()] == [(RESTARTED, 0)]
    assert dev.status().boot_id == before + 1
    assert dev.status().dropped == 0


def test_a_second_lost_link_while_buffering_changes_nothing(streaming):
    streaming.feed(8)
    streaming.drain()
    streaming.disconnect()
    streaming.feed(10)
    streaming.disconnect()
    streaming.feed(10)
    assert streaming.status()[4:6] == (28, 20)


def test_stop_while_buffering_ends_the_base(streaming):
    streaming.feed(8)
    streaming.drain()
    streaming.disconnect()
    streaming.feed(10)
    assert streaming.stop() == OK
    assert [(p.kind, p.flags, p.idx) for p in streaming.drain()] == [(EVENT, DROPPED | LAST, 18)]
    assert streaming.config(rate=104) == OK


def test_a_link_lost_after_the_stop(streaming):
    streaming.feed(21)
    streaming.stop()
    streaming.offer()
    streaming.disconnect()
    streaming.sent()  # the radio's answer comes late, and is ignored
    assert streaming.drain() == []
    assert streaming.status()[4:6] == (21, 21)
    assert streaming.resend(0, 21) == OK
    assert indices(streaming.drain(), RESENT) == list(range(21))


def test_resending_of_what_is_gone(library):
    dev = Dev(library, capacity=100)
    dev.config()
    dev.start()
    assert dev.resend(0, 1) == NOT_AVAILABLE
    for _ in range(25):
        dev.feed(8)
        dev.drain()
    assert dev.resend(0, 100) == NOT_AVAILABLE
    assert dev.resend(90, 0) == NOT_AVAILABLE
    assert dev.resend(200, 8) == NOT_AVAILABLE  # doesn't exist yet
    assert dev.resend(90, 20) == OK
    assert indices(dev.drain(), RESENT) == list(range(100, 110))
    assert dev.resend(195, 50) == OK
    assert indices(dev.drain(), RESENT) == list(range(195, 200))
    assert dev.resend(100, 65535) == OK
    assert indices(dev.drain(), RESENT) == list(range(100, 200))


def test_what_is_overwritten_while_it_waits_is_left_out(library):
    dev = Dev(library, capacity=100)
    dev.config()
    dev.start()
    dev.feed(104)
    dev.drain()
    assert dev.resend(4, 20) == OK
    dev.feed(8)
    packets = dev.drain()
    assert [p.kind for p in packets] == [LIVE, RESENT]
    assert indices(packets, RESENT) == list(range(12, 24))


def test_live_goes_before_resent(streaming):
    streaming.feed(80)
    streaming.drain()
    streaming.resend(0, 57)
    kinds = []
    for _ in range(3):
        streaming.feed(8)
        for _ in range(2):
            kinds.append(decode(streaming.offer()).kind)
            streaming.sent()
    assert kinds == [LIVE, RESENT] * 3


def test_requests_queue_up_to_a_number(streaming):
    streaming.feed(80)
    streaming.drain()
    assert [streaming.resend(8 * i, 2) for i in range(9)] == [OK] * 8 + [BUSY]
    found = indices(streaming.drain(), RESENT)
    assert found == [index for i in range(8) for index in (8 * i, 8 * i + 1)]
    assert streaming.resend(0, 1) == OK


def test_ready_resends_the_last_base(streaming):
    streaming.feed(40)
    streaming.stop()
    streaming.drain()
    assert streaming.resend(8, 8) == OK
    (packet,) = streaming.drain()
    assert (packet.kind, packet.flags, packet.idx) == (RESENT, 0, 8)


# a slow link --------------------------------------------------------------------------------


def test_a_refused_packet_is_offered_again(streaming):
    streaming.feed(8)
    first = streaming.offer()
    streaming.feed(3)
    assert streaming.offer() == first
    streaming.sent()
    assert streaming.offer() == b""
    streaming.sent()  # nothing is on offer: ignored
    assert streaming.status().dropped == 0


def test_a_full_queue_drops_the_oldest_and_counts_them(streaming):
    streaming.feed(16)
    streaming.drain()
    streaming.feed(4 * 208)
    assert streaming.status().dropped == 0  # four seconds fit
    streaming.feed(20)
    assert streaming.status().dropped == 20
    packets = streaming.drain()
    assert packets[0].flags == DROPPED
    assert {p.flags for p in packets[1:]} == {0}
    assert indices(packets, LIVE) == list(range(36, 868))
    assert streaming.resend(16, 20) == OK
    assert indices(streaming.drain(), RESENT) == list(range(16, 36))


def test_nothing_that_is_on_offer_is_dropped(streaming):
    streaming.feed(4 * 208)
    first = decode(streaming.offer())
    streaming.feed(20)
    assert streaming.status().dropped == 0
    streaming.sent()
    packets = [first, *streaming.drain()]
    assert len(indices(packets, LIVE)) + streaming.status().dropped == streaming.status().total


def test_a_ring_shorter_than_the_queue_drops_too(library):
    dev = Dev(library, capacity=50)
    dev.config()
    dev.start()
    dev.feed(75)
    packets = dev.drain()
    assert indices(packets, LIVE) == list(range(25, 73))
    assert packets[0].flags == DROPPED | RESTARTED
    assert [s for p in packets for s in p.samples] == [reading(i) for i in range(25, 73)]


# marks --------------------------------------------------------------------------------------


def test_a_mark_is_in_the_next_packet_only(streaming):
    streaming.feed(8)
    streaming.drain()
    assert streaming.ctrl(b"\5") == OK
    streaming.feed(16)
    assert [p.flags for p in streaming.drain()] == [MARKED, 0]


def test_a_mark_between_offer_and_sending_is_not_lost(streaming):
    streaming.feed(8)
    streaming.offer()
    streaming.lib.ankle_mark(streaming.dev)
    streaming.sent()
    streaming.feed(8)
    assert [p.flags for p in streaming.drain()] == [MARKED]


def test_a_mark_right_before_the_stop_is_in_the_last_packet(streaming):
    streaming.feed(8)
    streaming.drain()
    streaming.ctrl(b"\5")
    streaming.stop()
    assert [(p.kind, p.flags) for p in streaming.drain()] == [(EVENT, MARKED | LAST)]


def test_a_mark_without_a_stream_is_forgotten(dev):
    dev.config()
    dev.ctrl(b"\5")
    dev.start()
    dev.feed(8)
    assert [p.flags for p in dev.drain()] == [RESTARTED]


# anything -----------------------------------------------------------------------------------


class Host:
    """A host that knows the truth: what was measured, what came, what must be missing."""

    def __init__(self, dev, chance):
        self.dev, self.chance = dev, chance
        self.boot_id, self.truth, self.live, self.seen = dev.status().boot_id, [], set(), {}
        self.linked = True

    def renew(self):
        if self.boot_id != self.dev.status().boot_id:
            self.boot_id = self.dev.status().boot_id
            self.truth, self.live, self.seen = [], set(), {}

    def measure(self):
        before = self.dev.status().total
        self.dev.feed(1)
        if self.dev.status().total > before:
            self.truth.append((reading(self.dev.fed - 1), self.dev.t_us(self.dev.fed - 1)))

    def receive(self):
        """Take packets until the link refuses one; return whether all were taken."""
        while payload := self.dev.offer():
            if self.chance.random() < 0.05:
                return False
            self.dev.sent()
            packet, total = decode(payload), self.dev.status().total
            if packet.kind == EVENT:
                assert packet.idx == total % 2**16
                continue
            start = total - 1 - ((total - 1 - packet.idx) % 2**16)
            assert self.truth[start][1] == packet.t_us
            fresh = range(start, start + len(packet.samples))
            if packet.kind == LIVE:
                assert self.live.isdisjoint(fresh)
                self.live.update(fresh)
            self.seen.update(zip(fresh, packet.samples, strict=True))
        return True

    def check(self):
        status = self.dev.status()
        assert status.total == len(self.truth)
        assert all(self.truth[index][0] == sample for index, sample in self.seen.items())
        return status.total - len(self.live) - status.dropped


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_every_sample_is_accounted_for(library, seed):
    chance = random.Random(seed)  # noqa: S311
    dev = Dev(library, capacity=chance.choice([40, 300, 2000]))
    dev.mtu = chance.choice([23, 185, 247])
    host = Host(dev, chance)

    def command():
        return chance.choice(
            [*COMMANDS.values(), chance.randbytes(chance.randrange(8)),
             struct.pack("<BHH", 3, chance.randrange(2**16), chance.randrange(2**16)),
             struct.pack("<BHH", 3, max(0, len(host.truth) - 30), 20)]
        )  # fmt: skip

    for _ in range(1500):
        action = chance.random()
        if action < 0.6:
            for _ in range(chance.randrange(12)):
                host.measure()
        elif action < 0.9:
            if host.linked and host.receive():
                waiting = host.check()
                most = 16 if dev.status().state == STREAMING else 0
                assert 0 <= waiting <= most
        elif action < 0.91:
            host.linked = False
            dev.disconnect()
        elif action < 0.93:
            host.linked = True
            dev.ctrl(COMMANDS["start same"])
        elif action < 0.96:
            dev.config(rate=chance.choice([52, 104, 208, 416, 99]), most=chance.choice([0, 0, 3]))
        elif host.linked:
            dev.ctrl(command())
        host.renew()
        host.check()
    dev.stop()
    host.linked = True
    while not host.receive():
        pass
    assert host.check() == 0
    held = range(max(0, len(host.truth) - dev.capacity), len(host.truth))
    if held and dev.resend(held[0], len(held)) == OK:
        while not host.receive():
            pass
        assert set(held) <= set(host.seen)


# the notes and the program --------------------------------------------------------------------


def notes_examples():
    """The byte examples of the specification: name, then bytes."""
    text = (NOTES / "ankle_imu_v1.md").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z][a-z-]*): +((?:[0-9a-f]{2} ?)+)$", text, re.MULTILINE)
    return {name: bytes.fromhex(data) for name, data in lines}


def test_examples_of_the_notes(library):
    told = notes_examples()
    dev = Dev(library, capacity=4096, last_boot_id=2)
    seen = {}
    for name in ("config-write", "start"):
        seen[name] = told[name]
    assert dev.write_config(told["config-write"]) == OK
    seen["config-read"] = dev.read("config_read")
    seen["info-read"] = dev.read("info_read")
    assert dev.ctrl(told["start"]) == OK
    dev.t0_us = 1_000_000
    dev.feed(2)
    (seen["first-packet"],) = dev.drain_bytes()
    for _ in range(69_998 // 2):
        dev.feed(2)
        dev.drain()
    first, second = (1, -2, 4096, 300, -5, 7), (32767, -32768, 0, 0, 0, 0)
    for raw, t_us in ((first, 123456789), (second, 123476020)):
        dev.lib.ankle_sample(dev.dev, struct.pack("<6h", *raw), t_us)
    (seen["live-packet"],) = dev.drain_bytes()
    seen["resend"] = told["resend"]
    assert dev.ctrl(told["resend"]) == OK
    (seen["resent-packet"],) = dev.drain_bytes()
    dev.notified()
    seen["time"] = told["time"]
    assert dev.ctrl(told["time"], now_us=123500000) == OK
    seen["time-answer"] = dev.notified()
    dev.lib.set_board(dev.dev, 3912, 2350, ctypes.c_bool(False), ctypes.c_bool(False))
    seen["status-read"] = dev.read("status_read", now_us=123500000)
    seen["stop"] = told["stop"]
    assert dev.ctrl(told["stop"], now_us=123500100) == OK
    (seen["last-packet"],) = dev.drain_bytes()
    assert {k: v.hex(" ") for k, v in told.items()} == {k: v.hex(" ") for k, v in seen.items()}


def converse(dev, conversation, decoder_module):
    """Carry a conversation of the program to the firmware, as a radio would."""
    sensor = pytest.importorskip("imu_ankle.sensors.protocol")
    answer: bytes | Exception | None = None
    while True:
        try:
            step = (
                conversation.throw(answer)
                if isinstance(answer, Exception)
                else conversation.send(answer)
            )
        except StopIteration as end:
            return end.value
        answer = b""
        if isinstance(step, sensor.Read):
            reads = {"CONFIG": "config_read", "STATUS": "status_read", "INFO": "info_read"}
            for name, function in reads.items():
                if step.uuid == getattr(decoder_module, name):
                    answer = dev.read(function)
        elif isinstance(step, sensor.Write):
            write = dev.write_config if step.uuid == decoder_module.CONFIG else dev.ctrl
            if error := write(step.data):
                answer = sensor.RefusedError(error, f"ATT error 0x{error:02x}")


def test_the_program_reads_what_the_firmware_sends(dev):
    decoder = pytest.importorskip("imu_ankle.sensors.ankle_imu")
    sensor = pytest.importorskip("imu_ankle.sensors.protocol")
    wish = sensor.StreamConfig(rate_hz=208, acc_range_g=16, gyr_range_dps=2000, epoch=5)
    sent = converse(dev, decoder.SENSOR.start(wish), decoder)
    assert (sent.rate_hz, sent.acc_range_g, sent.gyr_range_dps) == (208, 16, 2000)
    assert sent.ring_samples == 4096
    dev.fed = 0
    dev.feed(40)
    live = dev.drain_bytes()
    dev.ctrl(b"\5")
    converse(dev, decoder.SENSOR.resend(8, 16), decoder)
    resent = dev.drain_bytes()
    assert converse(dev, decoder.SENSOR.total(), decoder) == 40
    converse(dev, decoder.SENSOR.stop(), decoder)
    ends = dev.drain_bytes()
    decode_one = decoder.SENSOR.decoder(sent)
    live, resent, ends = (
        [batch for packet in packets for batch in decode_one.feed(decoder.DATA, packet)]
        for packets in (live, resent, ends)
    )
    assert [(b.index, b.tick, len(b)) for b in live] == [
        (i, dev.t_us(i), 8) for i in range(0, 40, 8)
    ]
    assert [(b.index, b.resent, len(b)) for b in resent] == [(8, True, 16)]
    assert [(b.index, b.last, b.marked, len(b)) for b in ends] == [(40, True, True, 0)]
    for batch in (*live, *resent):
        raws = [reading(batch.index + i) for i in range(len(batch))]
        for raw, acc, gyr in zip(raws, batch.acc_mps2, batch.gyr_dps, strict=True):
            assert acc == pytest.approx([x * 16 / 32768 * 9.80665 for x in raw[:3]], rel=1e-6)
            assert gyr == pytest.approx([x * 2000 / 28571 for x in raw[3:]], rel=1e-6)


def test_the_program_takes_over_a_stream_that_somebody_left(dev):
    decoder = pytest.importorskip("imu_ankle.sensors.ankle_imu")
    sensor = pytest.importorskip("imu_ankle.sensors.protocol")
    for leave in (lambda: None, dev.disconnect):
        bring(dev, STREAMING)
        leave()
        converse(dev, decoder.SENSOR.start(sensor.StreamConfig(rate_hz=104, epoch=9)), decoder)
        dev.fed = 0
        dev.feed(4)
        assert [(p.flags, p.idx) for p in dev.drain()] == [(RESTARTED, 0)]
        dev.stop()
    bring(dev, BUFFERING)
    converse(dev, decoder.SENSOR.start(sensor.StreamConfig(epoch=7, resume=True)), decoder)
    dev.feed(8)
    assert [(p.flags, p.idx) for p in dev.drain()] == [(DROPPED, 20)]
