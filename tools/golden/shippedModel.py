"""The shipped model, read back into PyTorch from its own files.

Everything comes from the model folder: weights from the ONNX initializers, tokens from
tokenizer.json, prompts from the chat template. So the golden numbers can be made again
by anyone, without the training checkpoint.
"""

import json
from pathlib import Path

import jinja2
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

TRANSPOSED = ".MatMul.weight"  # linear layers stand as [in, out]


def load_weights(path: Path) -> dict[str, torch.Tensor]:
    """State dict of the PyTorch model; the head shares the embedding."""
    weights = {}
    for tensor in onnx.load(path).graph.initializer:
        if not tensor.name.endswith(".weight"):
            continue
        value = torch.from_numpy(numpy_helper.to_array(tensor).copy())
        if tensor.name.endswith(TRANSPOSED):
            weights[tensor.name.replace(TRANSPOSED, ".weight")] = value.T.contiguous()
        else:
            weights[tensor.name] = value
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    return weights


class ShippedModel:
    def __init__(self, folder: Path) -> None:
        config = LlamaConfig(**json.loads((folder / "config.json").read_text()))
        config._attn_implementation = "eager"
        self.decoder = LlamaForCausalLM(config).eval()
        self.decoder.load_state_dict(load_weights(folder / "onnx" / "model.onnx"), strict=True)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.settings = json.loads((folder / "tokenizer_config.json").read_text())
        self.end_id = self.tokenizer.token_to_id(self.settings["eos_token"])

    def render(self, messages: list[dict]) -> str:
        """The prompt up to and with the mark that opens the assistant's turn."""

        def raise_exception(message: str) -> None:
            raise ValueError(message)

        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = raise_exception
        template = environment.from_string(self.settings["chat_template"])
        return template.render(messages=messages, add_generation_prompt=True, bos_token=self.settings["bos_token"])

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    @torch.no_grad()
    def log_probs(self, ids: list[int], first: int) -> list[float]:
        """log p(ids[t] | ids[:t]) for t >= first, in nats; float32 logits, float64 softmax."""
        logits = self.decoder(input_ids=torch.tensor([ids])).logits[0].double()
        log_probs = logits[:-1].log_softmax(-1)
        wanted = torch.tensor(ids[1:])
        return log_probs.gather(1, wanted[:, None])[first - 1 :, 0].tolist()

    @torch.no_grad()
    def attention_rows(self, ids: list[int], position: int) -> list[list[list[float]]]:
        """[layer][head][key]: the attention pattern of the query at `position`."""
        result = self.decoder(input_ids=torch.tensor([ids]), output_attentions=True)
        return [layer[0, :, position, : position + 1].tolist() for layer in result.attentions]
