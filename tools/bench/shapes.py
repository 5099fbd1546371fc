"""Shapes of the models that are measured. Weights are random: what a model says does not change what it costs."""

SHAPES = {
    # The bundled model's own.
    "4m": dict(
        num_hidden_layers=6, hidden_size=192, num_attention_heads=6, num_key_value_heads=3, head_dim=32,
        intermediate_size=512, vocab_size=4097,
    ),
    # The public 15 M story model.
    "15m": dict(
        num_hidden_layers=6, hidden_size=288, num_attention_heads=6, num_key_value_heads=6, head_dim=48,
        intermediate_size=768, vocab_size=32_000,
    ),
    # SmolLM2-135M.
    "135m": dict(
        num_hidden_layers=30, hidden_size=576, num_attention_heads=9, num_key_value_heads=3, head_dim=64,
        intermediate_size=1536, vocab_size=49_152,
    ),
    # Qwen2.5-0.5B, without its biases.
    "500m": dict(
        num_hidden_layers=24, hidden_size=896, num_attention_heads=14, num_key_value_heads=2, head_dim=64,
        intermediate_size=4864, vocab_size=151_936,
    ),
}
