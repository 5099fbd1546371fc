"""Makes random-weight Llama-shaped models: a Hugging Face folder and, of the same weights, torch's own unfused export.

    python makeModels.py OUTPUT TOKENIZER_FOLDER [NAME...]

A folder that exists is left as it is. The tokenizer is smaller than most of the vocabularies: ids beyond it are never
used, but every product with the vocabulary has its full size.
"""

import json
import shutil
import sys
from pathlib import Path

import onnx
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from shapes import SHAPES

# A file that protobuf can still hold.
LARGEST_INLINE_BYTES = 1_900_000_000
WINDOW_TOKENS = 8192
INPUTS = ["input_ids", "attention_mask", "position_ids"]


class Plain(torch.nn.Module):
    """The model as a function of ids, mask and positions, without a cache."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids):
        output = self.model(input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids, use_cache=False)
        return output.logits


def build(name: str) -> LlamaForCausalLM:
    torch.manual_seed(11)
    config = LlamaConfig(
        **SHAPES[name], tie_word_embeddings=True, max_position_embeddings=WINDOW_TOKENS, rms_norm_eps=1e-6,
        bos_token_id=1, eos_token_id=5, pad_token_id=0, dtype="float32",
    )
    config._attn_implementation = "eager"
    return LlamaForCausalLM(config).eval()


def export(model: LlamaForCausalLM, path: Path) -> None:
    ids = torch.ones((2, 12), dtype=torch.long)
    sample = (ids, torch.ones_like(ids), torch.arange(12)[None].repeat(2, 1))
    batch, sequence = torch.export.Dim("batch", min=1, max=64), torch.export.Dim("sequence", min=2, max=WINDOW_TOKENS)
    shapes = {name: {0: batch, 1: sequence} for name in INPUTS}
    program = torch.onnx.export(
        Plain(model).eval(), sample, dynamo=True, dynamic_shapes=shapes, input_names=INPUTS, output_names=["logits"],
        opset_version=20, verbose=False,
    )
    n_bytes = sum(4 * weight.numel() for weight in model.state_dict().values())
    program.save(str(path), external_data=n_bytes > LARGEST_INLINE_BYTES)


def write_folder(name: str, folder: Path, tokenizer: Path) -> None:
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "onnx").mkdir(parents=True)
    model = build(name)
    model.save_pretrained(draft)
    for file in ["tokenizer.json", "special_tokens_map.json"]:
        shutil.copyfile(tokenizer / file, draft / file)
    settings = json.loads((tokenizer / "tokenizer_config.json").read_text())
    (draft / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": WINDOW_TOKENS}))
    with torch.no_grad():
        export(model, draft / "onnx" / "model.onnx")
    draft.rename(folder)


def main(output: Path, tokenizer: Path, names: list[str]) -> None:
    for name in names:
        folder = output / name
        if folder.exists():
            continue
        write_folder(name, folder, tokenizer)
        graph = onnx.load(str(folder / "onnx" / "model.onnx"), load_external_data=False).graph
        files = sum(file.stat().st_size for file in (folder / "onnx").iterdir())
        print(f"{name}: {len(graph.node)} nodes, {files / 1e6:.0f} MB", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] or list(SHAPES))
