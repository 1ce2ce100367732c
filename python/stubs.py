"""Writes wenddb/_algo.pyi, the types of ``db.algo.*``, from the descriptions of the installed package: python -P stubs.py."""

from __future__ import annotations

import keyword
import pathlib
from typing import Any

HEAD = """# Written by python/stubs.py from the descriptions in the database; do not edit.
from collections.abc import Iterator, Sequence
from inspect import Signature
from typing import Any, Literal

import pandas
from numpy import float32
from numpy.typing import NDArray

from ._result import Result

def descriptions() -> dict[str, dict[str, Any]]: ...
def documentation(described: dict[str, Any]) -> str: ...
def signature(described: dict[str, Any]) -> Signature: ...

class AlgorithmResult:
    parameters: dict[str, Any]
    columns: list[str]
    def __init__(
        self, runs: Any, described: dict[str, Any], parameters: dict[str, Any], names: list[str], columns: list[Any]
    ) -> None: ...
    @property
    def algorithm(self) -> str: ...
    def __getitem__(self, column: str) -> NDArray[Any]: ...
    def numpy(self, column: str) -> NDArray[Any]: ...
    @property
    def ids(self) -> NDArray[Any]: ...
    @property
    def matrix(self) -> NDArray[float32]: ...
    @property
    def values(self) -> NDArray[Any]: ...
    def __len__(self) -> int: ...
    def df(self) -> pandas.DataFrame: ...
    def asdict(self) -> dict[str, Any]: ...
    def write(self, property: str, column: str | None = None) -> int: ...
    def plot(self, color: Any = None, *, method: str = "pca", ax: Any = None, size: float = 12.0) -> Any: ...

class Task:
    id: str
    def __init__(self, runs: Any, row: dict[str, Any]) -> None: ...
    @property
    def row(self) -> dict[str, Any]: ...
    @property
    def status(self) -> str: ...
    @property
    def progress(self) -> float: ...
    @property
    def nodes_written(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> str: ...
    def cancel(self) -> None: ...

class Algorithm:
    def __init__(self, runs: Any, described: dict[str, Any]) -> None: ...
    def __call__(self, **parameters: Any) -> AlgorithmResult: ...
    def stream(self, **parameters: Any) -> Result: ...
    def stats(self, **parameters: Any) -> dict[str, Any]: ...
    def estimate(self, **parameters: Any) -> dict[str, Any]: ...
    def write(self, property: str | dict[str, str], *, wait: bool = True, **parameters: Any) -> Task: ...

"""

TYPES = {
    "INT": "int",
    "FLOAT": "float",
    "BOOL": "bool",
    "STRING": "str",
    "LIST<STRING>": "str | Sequence[str]",
    "LIST<INT>": "int | Sequence[int]",
}


def type_of(parameter: dict[str, Any]) -> str:
    if "choices" in parameter:
        return "Literal[" + ", ".join(f'"{choice}"' for choice in parameter["choices"]) + "]"
    return TYPES.get(parameter["type"], "Any")


def keywords(described: dict[str, Any]) -> list[str]:
    made = []
    for parameter in described["parameters"]:
        # A name that Python does not take is given as **{"name": value}.
        if keyword.iskeyword(parameter["name"]):
            continue
        kind = type_of(parameter)
        default = parameter.get("default")
        if default is None:
            made.append(f"{parameter['name']}: {kind if kind == 'Any' else kind + ' | None'} = None")
        else:
            shown = f'"{default}"' if isinstance(default, str) else repr(default)
            made.append(f"{parameter['name']}: {kind} = {shown}")
    return made


def class_of(described: dict[str, Any]) -> str:
    lines = [
        f"class _{described['name'].title().replace('_', '').replace('.', '')}(Algorithm):",
        f'    """{described["summary"]}"""',
        "",
    ]
    modes = {
        "__call__": "AlgorithmResult",
        "stream": "Result",
        "stats": "dict[str, Any]",
        "estimate": "dict[str, Any]",
        "write": "Task",
    }
    for mode, gives in modes.items():
        if mode != "__call__" and mode not in described["modes"]:
            continue
        first = ["self"] if mode != "write" else ["self", "property: str | dict[str, str]"]
        given = ["*", *(["wait: bool = True"] if mode == "write" else []), *keywords(described)]
        lines.append(f"    def {mode}(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]")
        lines += [f"        {item}," for item in [*first, *given]]
        lines.append(f"    ) -> {gives}: ...")
    return "\n".join(lines) + "\n"


def stubs() -> str:
    from wenddb import _wenddb

    known = sorted(_wenddb.algorithms(), key=lambda described: described["name"])
    text = HEAD + "\n".join(class_of(described) for described in known)
    text += "\nclass Algorithms:\n    def __init__(self, runs: Any) -> None: ...\n"
    for described in known:
        if "." in described["name"]:
            continue
        kind = f"_{described['name'].title().replace('_', '')}"
        text += f"    @property\n    def {described['name']}(self) -> {kind}: ...\n"
    text += "    def __getitem__(self, name: str) -> Algorithm: ...\n    def __iter__(self) -> Iterator[str]: ...\n"
    return text


if __name__ == "__main__":
    place = pathlib.Path(__file__).parent / "wenddb" / "_algo.pyi"
    place.write_text(stubs(), encoding="utf-8")
    print(f"wrote {place}")
