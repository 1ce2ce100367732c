"""Columns of Python as tables of Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ._wenddb import Table


def streams(table: Any) -> bool:
    """Whether it gives a stream of Arrow; a DataFrame of pandas does so with pyarrow alone."""
    if not hasattr(table, "__arrow_c_stream__"):
        return False
    if type(table).__module__.partition(".")[0] != "pandas":
        return True
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def of_columns(columns: Mapping[str, Iterable[Any]]) -> Table:
    """A table of columns of any kind."""
    return Table(list(columns), [column_of(values) for values in columns.values()])


def column_of(values: Iterable[Any]) -> Any:
    """A column as Rust takes it: an array of one of a few types, or a list."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    if hasattr(values, "isna") and hasattr(values, "to_numpy"):
        missing = values.isna().to_numpy()
        if missing.any():
            return [None if gone else value for value, gone in zip(values.tolist(), missing.tolist())]
    if hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):
        values = values.to_numpy()
    if isinstance(values, np.ma.MaskedArray):
        return values.tolist(None)
    if isinstance(values, np.ndarray):
        kind = values.dtype.kind
        if values.ndim == 2 and kind in "biuf":
            return np.ascontiguousarray(values, dtype=np.float32)
        if values.ndim == 1 and kind in "iu" and (kind == "i" or values.dtype.itemsize < 8 or not (values >= 2**63).any()):
            return np.ascontiguousarray(values, dtype=np.int64)
        if values.ndim == 1 and kind == "f":
            return np.ascontiguousarray(values, dtype=np.float64)
        if values.ndim == 1 and kind == "b":
            return np.ascontiguousarray(values)
        return [item for item in values] if kind in "OMm" else values.tolist()
    return list(values)
