"""Attention with a sink: a score that no key has takes part of the softmax, so that the rows of a pattern sum to less than 1.

Transformers has no Llama of that kind and onnxruntime-genai writes it for mixtures of experts only. The decoders here are
the tiny Llama with a sink added, in PyTorch and in the graph that the builder wrote for it.
"""

import sys
from pathlib import Path

import onnx
import torch
from onnx import helper, numpy_helper
from transformers.models.llama import modeling_llama

SINKS = {"llama-sink": (1.5, -0.5, 3.0, 0.25), "llama-smooth": (0.0, 0.0, 0.0, 0.0)}
"""One score per head; zero for all of them is what GroupQueryAttention calls a smooth softmax."""
HEAD_SINK_INPUT = 11


def with_sink(model, sink: tuple[float, ...]):
    """Changes a Llama so that every head's softmax also runs over its sink, whose share is then dropped."""

    def attend(module, query, key, value, attention_mask, scaling, dropout=0.0, **_):
        groups = module.num_key_value_groups
        keys, values = (modeling_llama.repeat_kv(states, groups) for states in (key, value))
        scores = torch.matmul(query, keys.transpose(2, 3)) * scaling
        n_keys = keys.shape[-2]
        causal = torch.ones(query.shape[-2], n_keys, dtype=torch.bool).tril()
        scores = scores.masked_fill(~causal, float("-inf"))
        extra = torch.tensor(sink, dtype=scores.dtype).view(1, -1, 1, 1).expand(*scores.shape[:-1], 1)
        pattern = torch.softmax(torch.cat([scores, extra], -1), -1)[..., :n_keys]
        return torch.matmul(pattern, values).transpose(1, 2).contiguous(), pattern

    modeling_llama.eager_attention_forward = attend
    return model


def add_sink(source: Path, destination: Path, sink: tuple[float, ...]) -> None:
    """The builder's graph of the plain Llama with the sink in every GroupQueryAttention."""
    model = onnx.load(str(source))
    values = numpy_helper.from_array(torch.tensor(sink).numpy(), "head_sink")
    if any(sink):
        model.graph.initializer.append(values)
    for node in model.graph.node:
        if node.op_type != "GroupQueryAttention":
            continue
        if any(sink):
            node.input[:] = [*node.input[:HEAD_SINK_INPUT], *[""] * (HEAD_SINK_INPUT - len(node.input)), "head_sink"]
        else:
            kept = [attribute for attribute in node.attribute if attribute.name != "smooth_softmax"]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("smooth_softmax", 1)])
    onnx.save_model(model, str(destination))


def main(folder: Path) -> None:
    for name, sink in SINKS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        add_sink(folder / "llama" / "genai-f32.onnx", folder / name / "genai-f32.onnx", sink)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
