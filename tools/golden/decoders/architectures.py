"""Tiny random-weight decoders, one per architecture: the same classes as the real models, small enough to commit.

Weights are drawn wide (standard deviation 0.25 for matrices) so that attention patterns and log-probabilities are far
from uniform: a wrong mask, scale or rotation then shows at once. They are multiples of 1/32, which float16 holds exactly
and which compress well. Heads are 16 wide where onnxruntime-genai has a builder: GroupQueryAttention with rotation inside
runs on CPUs for multiples of 16 only.
"""

from dataclasses import dataclass

import torch
import transformers
from sinks import SINKS, with_sink

SIZES = dict(
    vocab_size=96,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)


@dataclass(frozen=True)
class Architecture:
    """One model class with its tiny configuration; `note` says what it is in the list for."""

    config: str
    options: dict
    note: str
    has_sink: bool = False


ARCHITECTURES = {
    "llama": Architecture("LlamaConfig", dict(head_dim=16, tie_word_embeddings=False), "rotary, grouped queries"),
    "llama-sink": Architecture("LlamaConfig", dict(head_dim=16, tie_word_embeddings=False), "a learned attention sink per head", has_sink=True),
    "llama-smooth": Architecture("LlamaConfig", dict(head_dim=16, tie_word_embeddings=False), "smooth softmax: a sink of zero", has_sink=True),
    "smollm": Architecture("LlamaConfig", dict(head_dim=16, tie_word_embeddings=True), "Llama with a tied head"),
    "qwen2": Architecture("Qwen2Config", dict(head_dim=16, tie_word_embeddings=True), "biases on query, key, value"),
    "qwen3": Architecture("Qwen3Config", dict(head_dim=16, tie_word_embeddings=True), "norms on query and key"),
    "mistral": Architecture("MistralConfig", dict(head_dim=16, sliding_window=8), "sliding window"),
    "gemma2": Architecture(
        "Gemma2Config",
        dict(head_dim=16, sliding_window=8, attn_logit_softcapping=5.0, final_logit_softcapping=8.0, query_pre_attn_scalar=16),
        "soft caps on scores and logits, alternating window",
    ),
    "gemma3": Architecture("Gemma3TextConfig", dict(head_dim=8, sliding_window=8, query_pre_attn_scalar=8), "norms, local and global rotary"),
    "phi3": Architecture("Phi3Config", dict(tie_word_embeddings=False), "packed query, key, value"),
    "gpt2": Architecture(
        "GPT2Config",
        dict(n_embd=32, n_layer=2, n_head=4, n_positions=128, n_inner=48),
        "learned positions, one Conv1D for query, key, value",
    ),
    "gptneox": Architecture("GPTNeoXConfig", dict(rotary_pct=0.5, use_parallel_residual=True), "partial rotary, parallel residual"),
    "olmo2": Architecture("Olmo2Config", dict(tie_word_embeddings=False), "norms after attention"),
    "stablelm": Architecture("StableLmConfig", dict(partial_rotary_factor=0.5, use_qkv_bias=True), "partial rotary, layer norms"),
    "lfm2": Architecture(
        "Lfm2Config",
        dict(head_dim=16, layer_types=["conv", "full_attention"], block_auto_adjust_ff_dim=False, conv_L_cache=3),
        "hybrid: a convolution layer has no attention",
    ),
}

EXPORTED = [name for name, architecture in ARCHITECTURES.items() if not architecture.has_sink]
"""What exporters are given; sinks.py makes the others' graphs."""


def build(name: str, attention: str = "eager"):
    """The architecture's model with its fixed random weights, in evaluation mode."""
    architecture = ARCHITECTURES[name]
    sizes = {} if architecture.config == "GPT2Config" else dict(SIZES)
    if architecture.config == "GPT2Config":
        sizes = {key: SIZES[key] for key in ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id")}
    if architecture.config == "GPTNeoXConfig":
        del sizes["num_key_value_heads"]
    config = getattr(transformers, architecture.config)(**{**sizes, **architecture.options})
    config._attn_implementation = attention
    torch.manual_seed(11)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation=attention)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            drawn = noise * 0.25 if parameter.dim() >= 2 else parameter + noise * 0.1
            parameter.copy_((drawn * 32).round() / 32)
    model = model.float().eval()
    return with_sink(model, SINKS[name]) if architecture.has_sink else model
