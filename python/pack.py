"""Packs a wheel for this machine from the module that cargo has built: pack.py MODULE VERSION DIRECTORY.

It is what `maturin build` makes of pyproject.toml, but for the tag of the platform, without compiling anything again. A wheel that
is to be published comes from maturin in an image of manylinux.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from typing import Any

HERE = pathlib.Path(__file__).parent


def project() -> dict[str, Any]:
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    try:
        import tomllib as toml
    except ImportError:
        from pip._vendor import tomli as toml  # type: ignore[no-redef]
    return toml.loads(text)["project"]


def metadata(described: dict[str, Any], version: str) -> str:
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {described['name']}",
        f"Version: {version}",
        f"Summary: {described['description']}",
        f"License-Expression: {described['license']}",
        f"Keywords: {','.join(described['keywords'])}",
        f"Requires-Python: {described['requires-python']}",
        *(f"Classifier: {one}" for one in described["classifiers"]),
        *(f"Requires-Dist: {one}" for one in described["dependencies"]),
        "License-File: LICENSE",
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + (HERE / described["readme"]).read_text(encoding="utf-8")


def entry_points(described: dict[str, Any]) -> str:
    groups = []
    for group, entries in {"console_scripts": described["scripts"], **described["entry-points"]}.items():
        groups.append(f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items()))
    return "\n".join(groups)


def stripped(module: pathlib.Path) -> bytes:
    """The module without the names that only a debugger reads."""
    with tempfile.TemporaryDirectory() as place:
        copy = pathlib.Path(place) / "module"
        # An archive of the module for a debugger stays where cargo has put it.
        command = ["strip", "-x"] if sys.platform == "darwin" else ["strip", "--strip-unneeded"]
        try:
            subprocess.run([*command, "-o", str(copy), str(module)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"pack.py: the module cannot be stripped: {error}")
        return copy.read_bytes()


def pack(module: pathlib.Path, version: str, into: pathlib.Path) -> pathlib.Path:
    described = project()
    tag = "cp310-abi3-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
    info = f"{described['name']}-{version}.dist-info"
    package = HERE / described["name"]
    files = {
        str(path.relative_to(HERE)): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix in (".py", ".pyi", ".typed") or path.name == "py.typed"
    }
    files[f"{described['name']}/_wenddb.abi3.so"] = stripped(module)
    files[f"{info}/METADATA"] = metadata(described, version).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: wenddb pack.py\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    files[f"{info}/entry_points.txt"] = entry_points(described).encode()
    files[f"{info}/licenses/LICENSE"] = (HERE.parent / "LICENSE").read_bytes()
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()  # noqa: E731
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = into / f"{described['name']}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            # The same content gives the same bytes.
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            archive.writestr(entry, data)
    return wheel


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    print(pack(pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])))
