"""Progress of long statements: a line in a terminal, a bar in a notebook."""

from __future__ import annotations

import sys
from typing import Any, Callable

Show = Callable[["str | None", float], None]


def shower() -> Show | None:
    """What shows progress here, if anything does: ``wenddb.progress = False`` turns it off."""
    package = sys.modules.get("wenddb")
    if package is None or not getattr(package, "progress", True):
        return None
    ipython = sys.modules.get("IPython")
    if ipython is not None:
        shell = ipython.get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            return _Notebook()
    stream = sys.stderr
    if stream is not None and hasattr(stream, "isatty") and stream.isatty():
        return _terminal
    return None


def _terminal(stage: str | None, fraction: float) -> None:
    if stage is None:
        sys.stderr.write("\r\x1b[2K")
    else:
        done = int(30 * min(1.0, max(0.0, fraction)))
        sys.stderr.write(f"\r\x1b[2K{'#' * done}{'.' * (30 - done)} {fraction:4.0%} {stage[:40]}")
    sys.stderr.flush()


class _Notebook:
    """A bar that is drawn over."""

    def __init__(self) -> None:
        self.handle: Any = None
        self.last = -1.0

    def __call__(self, stage: str | None, fraction: float) -> None:
        from html import escape

        from IPython.display import HTML, display  # type: ignore[import-not-found]

        if stage is not None and abs(fraction - self.last) < 0.005:
            return
        self.last = fraction
        text = "" if stage is None else f"<progress value='{fraction:.3f}'></progress> {fraction:.0%} {escape(stage)}"
        if self.handle is None:
            self.handle = display(HTML(text), display_id=True)
        else:
            self.handle.update(HTML(text))
