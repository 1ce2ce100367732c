"""The blocks of docs/python.md run, and print what stands there."""

from __future__ import annotations

import contextlib
import io
import os
import re

import numpy as np
from conftest import ROOT, needs

BLOCKS = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def test_the_page_prints_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.set_printoptions(legacy="1.25" if np.__version__ >= "2" else False)
    page = ROOT / "docs/python.md"
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {}
    made = text
    for found in BLOCKS.finditer(text):
        code, expected = found.groups()
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, str(page), "exec"), names)  # noqa: S102
        if expected is None:
            assert out.getvalue() == "", code
        elif os.environ.get("UPDATE_DOCS", "0") not in ("", "0"):
            made = made.replace(found.group(0), f"```python\n{code}```\n```text\n{out.getvalue()}```\n")
        else:
            assert out.getvalue() == expected, code
    if made != text:
        page.write_text(made, encoding="utf-8")
    assert len(BLOCKS.findall(text)) >= 6


def test_the_notebook_runs():
    needs("nbclient", "ipykernel", "nbformat")
    import nbformat
    from nbclient import NotebookClient

    page = ROOT / "docs/python-tour.ipynb"
    notebook = nbformat.read(page, as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(page.parent)}})
    client.execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    html = [output["data"]["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert any("<table" in text for text in html) and any("<svg" in text for text in html)
    assert not any(output.output_type == "error" for output in shown)
