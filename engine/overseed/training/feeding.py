"""Drawing the batches of coming steps in a thread, while the network works on the present one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")
#: Batches that wait; more would only take memory.
AHEAD = 2


def prefetched(make: Callable[[int], T], start: int, stop: int) -> Generator[tuple[int, T]]:
    """``(step, make(step))`` for each step from ``start`` up to ``stop``, made in a thread.

    The result is the same as without a thread as long as ``make`` depends on the step alone. What ``make``
    raises comes out at its step. Closing the iterator ends the thread.
    """
    ready: queue.Queue[tuple[int, T | BaseException]] = queue.Queue(AHEAD)
    ended = threading.Event()

    def work() -> None:
        for step in range(start, stop):
            try:
                item: T | BaseException = make(step)
            except BaseException as error:
                item = error
            while not ended.is_set():
                try:
                    ready.put((step, item), timeout=0.2)
                    break
                except queue.Full:
                    continue
            if ended.is_set() or isinstance(item, BaseException):
                return

    thread = threading.Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        for _ in range(start, stop):
            step, item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield step, item
    finally:
        ended.set()
        thread.join()
