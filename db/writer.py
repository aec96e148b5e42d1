"""The writer: one thread runs closures in SAVEPOINTs and commits many of them at once.

A commit with full sync costs a disk flush; 100 closures share one. A caller's future resolves after the commit that holds its
closure, so that what it was told is stored is stored. A closure that fails is rolled back alone.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

BATCH_MAX = 100
BATCH_S = 0.05

T = TypeVar("T")
Task = tuple[Callable[[Session], Any], "Future[Any]"]


class WriterClosedError(Exception):
    """The writer was closed before the closure could run."""


class Writer:
    """Runs closures on one thread. `before_commit` hooks run once a batch, before its commit (the archive's fsync).

    `after_batch` is told of each batch that was committed: how many closures it held and how many seconds it took.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        before_commit: Callable[[], None] | None = None,
        after_batch: Callable[[int, float], None] = lambda *_: None,
    ) -> None:
        self._engine = engine.execution_options(begin="IMMEDIATE")
        self._before_commit, self._after_batch = before_commit, after_batch
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, closure: Callable[[Session], T]) -> Future[T]:
        """Queue a closure. Its future resolves after the commit, or with what the closure or the commit raised."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise WriterClosedError("the writer is closed")
            self._queue.put((closure, future))
        return future

    @property
    def waiting(self) -> int:
        """How many closures wait, about."""
        return self._queue.qsize()

    def close(self) -> None:
        """Run what is queued, commit, end the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            first = self._queue.get()
            if first is None:
                return
            open_ = self._batch(first)

    def _batch(self, first: Task) -> bool:
        """Run one transaction's worth. Gives False where the end was asked for meanwhile."""
        taken = [first]
        done: list[tuple[Future[Any], Any]] = []
        ended, began = False, time.monotonic()
        try:
            with Session(self._engine, expire_on_commit=False) as session:
                session.begin()
                until = time.monotonic() + BATCH_S
                task: Task | None = first
                while task is not None:
                    _run_one(session, task, done)
                    task, ended = self._next(until, len(taken))
                    if task is not None:
                        taken.append(task)
                if self._before_commit:
                    self._before_commit()
                session.commit()
        except BaseException as error:  # noqa: BLE001 - whatever ends a batch, its callers must learn of it
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
            return not ended
        for future, result in done:
            future.set_result(result)
        self._after_batch(len(taken), time.monotonic() - began)
        return not ended

    def _next(self, until: float, count: int) -> tuple[Task | None, bool]:
        """The next closure of this batch, or None where the batch is full, its time is up or the end was asked for."""
        left = until - time.monotonic()
        if count >= BATCH_MAX or left <= 0:
            return None, False
        try:
            task = self._queue.get(timeout=left)
        except queue.Empty:
            return None, False
        return task, task is None


def _run_one(session: Session, task: Task, done: list[tuple[Future[Any], Any]]) -> None:
    closure, future = task
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = _nested(session, closure)
    except Exception as error:  # noqa: BLE001 - it is the caller's, by its future; the batch goes on
        future.set_exception(error)
        return
    finally:
        session.expunge_all()
    done.append((future, result))


def _nested(session: Session, closure: Callable[[Session], T]) -> T:
    """Run a closure in a SAVEPOINT; a second time where another process stored the same key between its look and its word."""
    try:
        with session.begin_nested():
            return closure(session)
    except IntegrityError:
        session.expunge_all()
        with session.begin_nested():
            return closure(session)
