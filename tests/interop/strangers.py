"""Kernelspecs for these tests alone: what is installed on the machine does not matter."""

from __future__ import annotations

import json
import sys
from pathlib import Path

OWN = ("zconsole.kernel", "Python 3 (zconsole)")
IPYKERNEL = ("ipykernel_launcher", "Python 3 (ipykernel)")


def write_kernelspec(jupyter_path: Path, name: str, module: str, display_name: str) -> None:
    """A kernelspec for a Python module that is a kernel, below a folder of JUPYTER_PATH."""
    folder = jupyter_path / "kernels" / name
    folder.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", module, "-f", "{connection_file}"],
        "display_name": display_name,
        "language": "python",
        "interrupt_mode": "signal",
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
