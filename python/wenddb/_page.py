"""Interactive pictures: pages that stand alone and need no network."""

from __future__ import annotations

import os
import sys
from typing import Any


class Page:
    """A page with a picture in it, and all that draws it. A notebook shows it; ``show()`` opens it, ``save()`` writes it to a file."""

    def __init__(self, html: str, described: str, height: int = 600) -> None:
        #: The text of the page.
        self.html = html
        self._described, self._height = described, height

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.html)

    def show(self) -> str | None:
        """Shows it: in a notebook here, otherwise in a browser; the path of the file that was opened."""
        ipython = sys.modules.get("IPython")
        if ipython is not None and ipython.get_ipython() is not None:
            from IPython.display import HTML, display  # type: ignore[import-not-found]

            display(HTML(self._repr_html_()))
            return None
        import tempfile
        import webbrowser

        with tempfile.NamedTemporaryFile("w", suffix=".html", delete=False) as file:
            path = file.name
        self.save(path)
        webbrowser.open(f"file://{path}")
        return path

    def _repr_html_(self) -> str:
        from html import escape

        # A frame keeps the page's style and scripts apart from the notebook's.
        return f'<iframe srcdoc="{escape(self.html)}" style="width:100%;height:{self._height}px;border:0"></iframe>'

    def __repr__(self) -> str:
        return f"<wenddb.Page: {self._described}>"
