"""Where a long call is: a line that is redrawn on a terminal or in a notebook, plain lines now and then elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from ._process import monotonic

# Calls that are over sooner show nothing.
_SILENT_S = 0.5
_REDRAW_S = 0.1
_PLAIN_S = 10.0


def _notebook() -> Any:
    """IPython's display function where there is a notebook's front end, else None."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    from IPython.display import display

    return display


class Progress:
    """`shown`: True and False decide; None shows it on a terminal and in a notebook only."""

    def __init__(self, shown: bool | None = None) -> None:
        self._display = _notebook() if shown is not False else None
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self.shown = shown if shown is not None else self._display is not None or self._terminal
        self._handle: Any = None
        self._began = monotonic()
        self._last: float | None = None
        self._drawn = False

    def show(self, text: str) -> None:
        """Shows the text, when it is time to."""
        if not self.shown:
            return
        now = monotonic()
        live = self._display is not None or self._terminal
        wait = _REDRAW_S if live else _PLAIN_S
        since = self._began if self._last is None else self._last
        if now - since < (wait if self._last is not None or not live else _SILENT_S):
            return
        self._last = now
        if self._display is not None:
            self._show_in_notebook(text)
        elif self._terminal:
            print(f"\r\x1b[K  {text}", end="", file=sys.stderr, flush=True)
            self._drawn = True
        else:
            print(f"  {text}", file=sys.stderr, flush=True)

    def _show_in_notebook(self, text: str) -> None:
        content = {"text/plain": text}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def close(self) -> None:
        """Takes the live line away."""
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
            self._handle = None
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def counted(done: int, failed: int, total: int, what: str) -> str:
    """Such as "hybrid/drift  ██████████          50 of 100, 2 not passed"."""
    width = 20
    full = width * done // total if total else width
    words = f"{what}  {'█' * full}{'·' * (width - full)} {done} of {total}"
    return words + (f", {failed} not passed" if failed else "")
