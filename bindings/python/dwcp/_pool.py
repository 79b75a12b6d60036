"""Tasks that wait for processes, several at a time, in threads."""

from __future__ import annotations

import concurrent.futures
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
Task = Callable[[threading.Event], T]


def processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def run_tasks(tasks: Sequence[Task[T]], workers: int) -> Iterator[tuple[int, T]]:
    """Yields each task's number and result when it ends, at most `workers` at once.

    The first error, an interrupt among them, or the end of the iterator before its time, sets the event that tasks get;
    then all that have begun are waited for.
    """
    cancel = threading.Event()
    pool = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="dwcp")
    try:
        numbers = {pool.submit(task, cancel): number for number, task in enumerate(tasks)}
        for future in concurrent.futures.as_completed(numbers):
            yield numbers[future], future.result()
    finally:
        cancel.set()
        _shut(pool)


def _shut(pool: concurrent.futures.ThreadPoolExecutor) -> None:
    # A second interrupt must not leave children behind: it is raised when they have ended.
    again: KeyboardInterrupt | None = None
    while True:
        try:
            pool.shutdown(wait=True, cancel_futures=True)
            break
        except KeyboardInterrupt as interrupt:
            again = interrupt
    if again is not None:
        raise again
