"""Exports through torch's own exporters: dynamo on eager and on sdpa attention, and the older TorchScript exporter."""

import sys
from pathlib import Path

import onnx
import torch

from architectures import build
from reference import token_ids


class Plain(torch.nn.Module):
    """The model as a function of ids, mask and positions, without a cache."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids):
        output = self.model(input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids, use_cache=False)
        return output.logits


def sample():
    ids = token_ids()[:, :12].repeat(2, 1)
    return ids, torch.ones_like(ids), torch.arange(ids.shape[1])[None].repeat(2, 1)


NAMES = ["input_ids", "attention_mask", "position_ids"]


def export_dynamo(name: str, attention: str, opset: int, path: Path) -> None:
    batch, sequence = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("sequence", min=2, max=128)
    shapes = {input_name: {0: batch, 1: sequence} for input_name in NAMES}
    program = torch.onnx.export(
        Plain(build(name, attention)), sample(), dynamo=True, dynamic_shapes=shapes, input_names=NAMES,
        output_names=["logits"], opset_version=opset, verbose=False,
    )
    program.save(str(path), external_data=False)


def export_script(name: str, path: Path) -> None:
    axes = {input_name: {0: "batch", 1: "sequence"} for input_name in [*NAMES, "logits"]}
    torch.onnx.export(
        Plain(build(name, "eager")), sample(), str(path), dynamo=False, input_names=NAMES, output_names=["logits"],
        dynamic_axes=axes, opset_version=17,
    )


def strip(path: Path) -> None:
    """Drops stack traces and other notes of the exporter: several times the size of the graph itself."""
    model = onnx.load(str(path))
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    onnx.save_model(model, str(path))


LAYOUTS = {
    "torch-eager": lambda name, path: export_dynamo(name, "eager", 20, path),
    "torch-sdpa": lambda name, path: export_dynamo(name, "sdpa", 23, path),
    "torchscript": export_script,
}


def main(output: Path, names: list[str]) -> None:
    for name in names:
        for layout, export in LAYOUTS.items():
            path = output / name / f"{layout}.onnx"
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                export(name, path)
                strip(path)
                print(f"{name} {layout} {path.stat().st_size} bytes", flush=True)
            except Exception as error:  # an exporter that cannot write an architecture is a cell of the matrix, not a failure
                print(f"{name} {layout} not exported: {type(error).__name__} {str(error).splitlines()[0][:160]}", flush=True)


if __name__ == "__main__":
    from architectures import EXPORTED

    main(Path(sys.argv[1]), sys.argv[2:] or EXPORTED)
