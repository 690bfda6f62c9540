"""Batches come in order, errors at their step, and the thread ends with its reader."""

import threading
from contextlib import closing

import pytest

from overseed.training.feeding import prefetched


def test_batches_come_in_order():
    assert list(prefetched(lambda step: step**2, 3, 8)) == [(n, n**2) for n in range(3, 8)]


def test_an_error_comes_out_at_its_step():
    def make(step):
        if step == 2:
            raise ValueError("no batch")
        return step

    batches = prefetched(make, 0, 5)
    assert [next(batches), next(batches)] == [(0, 0), (1, 1)]
    with pytest.raises(ValueError, match="no batch"):
        next(batches)


def test_closing_ends_the_thread_while_it_waits():
    with closing(prefetched(lambda step: step, 0, 1000)) as batches:
        next(batches)
    assert not any(thread.name == "batches" for thread in threading.enumerate())
