"""What a function knows of the call it answers."""

import threading
from collections.abc import Callable


class Refusal(Exception):
    """A call that is refused; the caller reads the message. Functions may raise it too."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Call:
    """A running call. `is_cancelled` is true when the caller has gone or the time is over: long work looks at it."""

    def __init__(self, on_progress: Callable[[float, str | None], None] = lambda share, what: None) -> None:
        self._on_progress = on_progress
        self._cancelled = threading.Event()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def progress(self, share: float, what: str | None = None) -> None:
        """Tells the caller how far the work is, 0 to 1, where it listens. Raises Refusal when it has gone."""
        if self.is_cancelled:
            raise Refusal(499, "the caller has gone")
        self._on_progress(share, what)
