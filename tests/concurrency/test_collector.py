"""The garbage collector is paused for a block and runs again afterwards."""

from __future__ import annotations

import gc
from contextlib import ExitStack

import pytest

from graph.concurrency.collector import collector_paused


def test_it_is_paused_within_the_block_alone() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_runs_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="in between"), collector_paused():
        raise ValueError("in between")
    assert gc.isenabled()


def test_two_blocks_that_overlap_leave_it_running() -> None:
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(collector_paused())
        second.enter_context(collector_paused())
        first.close()
    assert gc.isenabled()


def test_whoever_had_paused_it_finds_it_paused() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
