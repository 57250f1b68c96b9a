"""What ends the demo before its time: Ctrl-C and SIGTERM, by one way out.

Invariants:
  - SIGTERM is a kind of KeyboardInterrupt, so that whoever is ready for Ctrl-C is ready for it;
  - the handler of before is back when the demo is over.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


def word_of(interrupt: KeyboardInterrupt) -> str:
    """What a person calls it."""
    return "SIGTERM" if isinstance(interrupt, Terminated) else "Ctrl-C"


def exit_status(interrupt: KeyboardInterrupt) -> int:
    """The exit status that a shell gives to it: 128 and the number of the signal."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Inside, SIGTERM raises `Terminated` in the main thread; entered by another thread, it changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        yield
    finally:
        # None: a handler that Python did not install, and cannot put back.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if previous is None else previous)


def _raise_terminated(_number: int, _frame: Any) -> None:
    raise Terminated
