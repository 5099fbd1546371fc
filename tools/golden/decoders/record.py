"""Writes the committed goldens: every exported graph, compressed, and what eager PyTorch says of its weights.

Usage: record.py EXPORTED OUTPUT. OUTPUT gets NAME/golden.json and NAME/LAYOUT.onnx.gz (and .onnx_data.gz).
"""

import gzip
import json
import sys
from pathlib import Path

from architectures import ARCHITECTURES, build
from reference import reference


def compress(source: Path, destination: Path) -> None:
    """gzip without name and time, so that an unchanged graph gives unchanged bytes."""
    with destination.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(source.read_bytes())


def main(exported: Path, output: Path) -> None:
    for name, architecture in ARCHITECTURES.items():
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        golden = {"architecture": architecture.config, "note": architecture.note, **reference(build(name))}
        (folder / "golden.json").write_text(json.dumps(golden) + "\n")
        for graph in sorted((exported / name).glob("*.onnx*")):
            compress(graph, folder / f"{graph.name}.gz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
