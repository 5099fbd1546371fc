"""Writes a trained checkpoint as a hub-style model folder with a float32 ONNX decoder.

Run: python export.py --checkpoint OUT/settle --target ../../media/model --dtypes fp16 q4
     python export.py --checkpoint OUT/family/mixed/64 --target OUT/exported/mixed/64 --like ../../media/model

The decoder takes input_ids, attention_mask, position_ids and past_key_values, and gives
logits and the present cache: the layout of Optimum, which transformers.js generates with.
The attention is written out (MatMul, Add, Softmax, MatMul), so its pattern can be read.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers import float16
from tokenizers import Tokenizer
from transformers import DynamicCache, LlamaForCausalLM

from tokenizer import save_hub_files, write_json

OPSET = 20


class CachedDecoder(torch.nn.Module):
    """The decoder as a function of flat tensors, with the mask made explicitly."""

    def __init__(self, model: LlamaForCausalLM) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids, *past):
        cache = DynamicCache()
        for layer in range(len(past) // 2):
            cache.update(past[2 * layer], past[2 * layer + 1], layer)
        n_past, n_new = past[0].shape[2], input_ids.shape[1]
        keys = torch.arange(n_past + n_new)[None, :]
        queries = torch.arange(n_past, n_past + n_new)[:, None]
        seen = (keys <= queries)[None, None] & (attention_mask[:, None, None, :] > 0)
        mask = torch.where(seen, 0.0, torch.finfo(torch.float32).min)
        result = self.model(
            input_ids=input_ids, attention_mask=mask, position_ids=position_ids, past_key_values=cache, use_cache=True
        )
        present = [t for layer in result.past_key_values.layers for t in (layer.keys, layer.values)]
        return (result.logits, *present)


def cache_names(prefix: str, n_layers: int) -> list[str]:
    return [f"{prefix}.{i}.{part}" for i in range(n_layers) for part in ("key", "value")]


def export_decoder(model: LlamaForCausalLM, path: Path) -> onnx.ModelProto:
    """Runs torch's exporter and saves one self-contained file with readable names."""
    config = model.config
    n_layers, n_heads = config.num_hidden_layers, config.num_key_value_heads
    past = tuple(torch.randn(2, n_heads, 3, config.head_dim) for _ in range(2 * n_layers))
    ids = torch.randint(7, 1000, (2, 5))
    example = (ids, torch.ones(2, 8, dtype=torch.long), torch.arange(3, 8).repeat(2, 1), *past)
    batch, sequence = torch.export.Dim("batch_size"), torch.export.Dim("sequence_length")
    n_past, total = torch.export.Dim("past_sequence_length"), torch.export.Dim("total_sequence_length")
    program = torch.onnx.export(
        CachedDecoder(model).eval(),
        example,
        input_names=["input_ids", "attention_mask", "position_ids"] + cache_names("past_key_values", n_layers),
        output_names=["logits"] + cache_names("present", n_layers),
        dynamic_shapes=(
            {0: batch, 1: sequence},
            {0: batch, 1: total},
            {0: batch, 1: sequence},
            tuple({0: batch, 2: n_past} for _ in past),
        ),
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
    )
    proto = program.model_proto
    rename_weights(proto, model)
    name_axes(proto)
    drop_exporter_notes(proto)
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)
    return proto


def stored_weights(model: LlamaForCausalLM) -> dict[str, np.ndarray]:
    """Every weight by its name in the graph.

    Matrices of linear layers stand transposed, [in, out], as `<layer>.MatMul.weight`.
    """
    weights = {}
    for name, tensor in model.state_dict().items():
        array = tensor.detach().numpy()
        if array.ndim == 2 and "embed_tokens" not in name and name != "lm_head.weight":
            name, array = name.replace(".weight", ".MatMul.weight"), array.T
        if name != "lm_head.weight":
            weights[name] = np.ascontiguousarray(array)
    return weights


def refill_decoder(model: LlamaForCausalLM, like: Path, path: Path) -> None:
    """Another checkpoint of the same model: the graph stays, the weights are put in its place."""
    proto, weights = onnx.load(like), stored_weights(model)
    for tensor in proto.graph.initializer:
        array = weights.pop(tensor.name, None)
        if array is not None:
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    if weights:
        raise ValueError(f"weights without a place in {like}: {sorted(weights)}")
    onnx.save(proto, path)


def rename_weights(proto: onnx.ModelProto, model: LlamaForCausalLM) -> None:
    names = {array.tobytes(): name for name, array in stored_weights(model).items()}
    renamed = {}
    for tensor in proto.graph.initializer:
        name = names.pop(numpy_helper.to_array(tensor).tobytes(), None)
        if name:
            renamed[tensor.name] = name
            tensor.name = name
    if names:
        raise ValueError(f"weights missing from the exported graph: {sorted(names.values())}")
    for node in proto.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]


def name_axes(proto: onnx.ModelProto) -> None:
    """The cache grows by the new tokens; its axis is named instead of left as a sum."""
    for value in proto.graph.output:
        if value.name.startswith("present."):
            value.type.tensor_type.shape.dim[2].dim_param = "total_sequence_length"


def drop_exporter_notes(proto: onnx.ModelProto) -> None:
    """Removes the exporter's stack traces and module paths, which hold local file names."""
    del proto.metadata_props[:], proto.graph.metadata_props[:], proto.graph.value_info[:]
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        del value.metadata_props[:]


def largest_difference(model: LlamaForCausalLM, path: Path) -> float:
    """Largest |log p| difference between ONNX Runtime and PyTorch, in nats.

    Covers an empty cache with right padding in a batch, and a step on a filled cache.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    n_layers = model.config.num_hidden_layers
    names = cache_names("past_key_values", n_layers)
    rows = torch.randint(7, model.config.vocab_size, (3, 40))
    lengths = [40, 23, 7]
    seen = (torch.arange(40)[None, :] < torch.tensor(lengths)[:, None]).long()
    empty = np.zeros((3, model.config.num_key_value_heads, 0, model.config.head_dim), np.float32)
    feeds = {
        "input_ids": rows.numpy(),
        "attention_mask": seen.numpy(),
        "position_ids": torch.arange(40).repeat(3, 1).numpy(),
        **{name: empty for name in names},
    }
    outputs = session.run(None, feeds)
    worst = 0.0
    with torch.no_grad():
        for row, n in enumerate(lengths):
            wanted = model(input_ids=rows[row : row + 1, :n]).logits[0].log_softmax(-1)
            got = torch.from_numpy(outputs[0][row, :n]).log_softmax(-1)
            worst = max(worst, (wanted - got).abs().max().item())
        step = torch.randint(7, model.config.vocab_size, (1, 2))
        wanted = model(input_ids=torch.cat([rows[:1], step], 1)).logits[0, -2:].log_softmax(-1)
    feeds = {
        "input_ids": step.numpy(),
        "attention_mask": np.ones((1, 42), np.int64),
        "position_ids": np.array([[40, 41]]),
        **{name: output[:1] for name, output in zip(names, outputs[1:])},
    }
    got = torch.from_numpy(session.run(["logits"], feeds)[0][0]).log_softmax(-1)
    return max(worst, (wanted - got).abs().max().item())


def save_configs(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path) -> None:
    ids = {name: tokenizer.token_to_id(token) for name, token in (("bos", "<s>"), ("pad", "<pad>"), ("end", "<|end|>"))}
    config = json.loads(model.config.to_json_string())
    config.pop("_name_or_path", None)
    config |= {
        "architectures": ["LlamaForCausalLM"],
        "bos_token_id": ids["bos"],
        "eos_token_id": ids["end"],
        "pad_token_id": ids["pad"],
        "rope_theta": config["rope_parameters"]["rope_theta"],
    }
    write_json(folder / "config.json", config)
    generation = {
        "bos_token_id": ids["bos"],
        "do_sample": False,
        "eos_token_id": [ids["end"], tokenizer.token_to_id("</s>")],
        "max_length": model.config.max_position_embeddings,
        "pad_token_id": ids["pad"],
    }
    write_json(folder / "generation_config.json", generation)


def write_float16(path: Path, target: Path) -> None:
    """Every weight and the cache in float16; ids in and logits out keep their types."""
    proto = float16.convert_float_to_float16(onnx.load(path), keep_io_types=["logits"])
    onnx.save(proto, target)


def write_q4(path: Path, target: Path) -> None:
    """The linear layers in blocks of 32 weights of 4 bits with a float32 scale each (MatMulNBits)."""
    quantizer = MatMulNBitsQuantizer(onnx.load(path), bits=4, block_size=32, is_symmetric=True)
    quantizer.process()
    onnx.save(quantizer.model.model, target)


WRITERS = {"fp16": write_float16, "q4": write_q4}


def export_folder(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path, like: Path | None) -> Path:
    """The folder as on the hub with a float32 decoder, checked against PyTorch; returns the decoder's path."""
    path = folder / "onnx" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    if like:
        refill_decoder(model, like / "onnx" / "model.onnx", path)
    else:
        export_decoder(model, path)
    save_configs(model, tokenizer, folder)
    save_hub_files(tokenizer, folder)
    difference = largest_difference(model, path)
    print(f"{path}: {path.stat().st_size} bytes, differs from PyTorch by at most {difference:.1e} nats", flush=True)
    if difference > 1e-4:
        raise SystemExit("The exported model disagrees with PyTorch by more than 1e-4 nats.")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--like", type=Path, help="an exported model folder whose graph is used again: much faster")
    parser.add_argument("--dtypes", nargs="*", choices=list(WRITERS), default=[], help="further files beside float32")
    parser.add_argument("--only", action="store_true", help="keep the files of --dtypes and not the float32 one")
    args = parser.parse_args()
    model = LlamaForCausalLM.from_pretrained(args.checkpoint, attn_implementation="eager", dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(args.checkpoint / "tokenizer.json"))
    path = export_folder(model, tokenizer, args.target, args.like)
    for dtype in args.dtypes:
        file = path.with_name(f"model_{dtype}.onnx")
        WRITERS[dtype](path, file)
        print(f"{file}: {file.stat().st_size} bytes")
    if args.only:
        path.unlink()


if __name__ == "__main__":
    main()
