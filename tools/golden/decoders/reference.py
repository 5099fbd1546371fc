"""What eager PyTorch says of each tiny model: log-probabilities and attention patterns on a fixed sequence."""

import base64

import torch

N_TOKENS = 24


def token_ids() -> torch.Tensor:
    """int64 [1, 24]: the begin token, then fixed random tokens."""
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(3, 96, (1, N_TOKENS), generator=generator)
    ids[0, 0] = 1
    return ids


def encoded(tensor: torch.Tensor) -> str:
    """float32 little-endian, base64: exact and small."""
    return base64.b64encode(tensor.detach().contiguous().float().numpy().tobytes()).decode()


def reference(model) -> dict:
    """Log-probabilities float32 [token - 1] of tokens 1.., patterns float32 [layer, head, queryPos, keyPos]."""
    ids = token_ids()
    with torch.no_grad():
        output = model(ids, output_attentions=True, use_cache=False)
    log_probs = torch.log_softmax(output.logits[0, :-1].double(), -1)
    scored = log_probs.gather(-1, ids[0, 1:, None])[:, 0]
    patterns = [layer[0] for layer in (output.attentions or []) if layer is not None]
    return {
        "tokenIds": ids[0].tolist(),
        "logProbs": [round(value, 7) for value in scored.tolist()],
        "nHeads": patterns[0].shape[0] if patterns else 0,
        "nAttentionLayers": len(patterns),
        "patterns": encoded(torch.stack(patterns)) if patterns else "",
    }
