"""Documents packed into rows without padding, and the loss over such rows."""

from collections.abc import Callable

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from documents import Document


class Packer:
    """Rows of tokens, each with the weight of its loss, from a stream of documents."""

    def __init__(self, draw: Callable[[], Document], tokenizer: Tokenizer, n_tokens: int) -> None:
        self.draw, self.tokenizer, self.n_tokens = draw, tokenizer, n_tokens
        self.tokens: list[int] = []
        self.weights: list[float] = []

    def append(self, document: Document) -> None:
        for text, weight in document:
            ids = self.tokenizer.encode(text).ids
            self.tokens += ids
            self.weights += [weight] * len(ids)

    def batch(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        while len(self.tokens) < self.n_tokens:
            self.append(self.draw())
        n = self.n_tokens
        tokens, weights = torch.tensor(self.tokens[:n]), torch.tensor(self.weights[:n])
        del self.tokens[:n], self.weights[:n]
        return tokens.view(-1, length), weights.view(-1, length)


def weighted_loss(model: LlamaForCausalLM, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats, every token with its weight; forward in bfloat16."""
    device = model.device
    tokens, weights = tokens.to(device), weights.to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        logits = model(input_ids=tokens, use_cache=False).logits
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), tokens[:, 1:].flatten(), reduction="none"
    )
    scale = weights[:, 1:].flatten()
    return (losses * scale).sum() / scale.sum()
