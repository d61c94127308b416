"""Where the threads of a running bridge may run."""

from __future__ import annotations

import os

from tests.process.conftest import Bridge


def places(bridge: Bridge) -> set[frozenset[int]]:
    assert bridge.process is not None
    threads = os.listdir(f"/proc/{bridge.process.pid}/task")
    return {frozenset(os.sched_getaffinity(int(thread))) for thread in threads}


def test_all_threads_of_a_bridge_share_one_processor(bridge: Bridge):
    bridge.start()
    assert bridge.fire("DiskFull") == 202

    (place,) = places(bridge)
    assert len(place) == 1


def test_the_configuration_may_leave_them_all(bridge: Bridge):
    written = bridge.file.read_text()
    bridge.file.write_text(written.replace("bridge: {", "bridge: { one_processor: false,", 1))
    bridge.start()

    assert places(bridge) == {frozenset(os.sched_getaffinity(0))}
