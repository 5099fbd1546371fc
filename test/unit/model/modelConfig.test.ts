import { describe, expect, it } from "vitest";
import { readModelConfig } from "../../../src/model/modelConfig.ts";

describe("a model's configuration", () => {
  it("is read in Llama's words", () => {
    const config = { model_type: "llama", num_hidden_layers: 22, num_attention_heads: 32, num_key_value_heads: 4 };
    expect(
      readModelConfig(
        { ...config, vocab_size: 32000, max_position_embeddings: 2048, bos_token_id: 1, eos_token_id: [2, 3] },
        {},
      ),
    ).toEqual({
      ...{ modelType: "llama", nLayers: 22, nHeads: 32, nKeyValueHeads: 4 },
      ...{ windowTokens: 2048, bosTokenId: 1, eosTokenId: 2 },
    });
  });

  it("is read in GPT-2's words", () => {
    expect(readModelConfig({ n_layer: 12, n_head: 12, n_positions: 1024 }, {})).toMatchObject({
      ...{ modelType: "unknown", nLayers: 12, nHeads: 12, nKeyValueHeads: null, windowTokens: 1024, bosTokenId: null },
    });
  });

  it("takes the smaller window and ignores the one that means none", () => {
    const config = { num_hidden_layers: 2, max_position_embeddings: 4096 };
    expect(readModelConfig(config, { model_max_length: 1024 }).windowTokens).toBe(1024);
    expect(readModelConfig(config, { model_max_length: 1e30 }).windowTokens).toBe(4096);
    expect(readModelConfig({ num_hidden_layers: 2 }, { model_max_length: 77 }).windowTokens).toBe(77);
  });

  it("looks into the language part of a model that also sees", () => {
    const config = {
      model_type: "gemma3",
      text_config: { model_type: "gemma3_text", num_hidden_layers: 26, max_position_embeddings: 32768 },
    };
    expect(readModelConfig(config, {})).toMatchObject({ modelType: "gemma3_text", nLayers: 26, windowTokens: 32768 });
  });

  it("says which field is missing", () => {
    expect(() => readModelConfig({ num_hidden_layers: 2, max_position_embeddings: "many" }, {})).toThrow(
      /config-incomplete.*max_position_embeddings/,
    );
  });
});
