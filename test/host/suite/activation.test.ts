// The first file of the suite: nothing has activated the extension yet.
import { equal, ok } from "node:assert/strict";
import { extensions } from "vscode";
import type { ContextRelianceApi } from "../../../src/extension/api.ts";
import { fileUri, openFile, productApi } from "./product.ts";

describe("activation", () => {
  it("is quick", async () => {
    const extension = extensions.getExtension<ContextRelianceApi>("context-reliance.context-reliance");
    ok(extension);
    // The editor may have read a JSON file of its own already, which activates the extension.
    const { isActive } = extension;
    const startedMs = performance.now();
    const { activationMs } = await extension.activate();
    const wholeMs = performance.now() - startedMs;
    const whole = isActive ? "active already" : `with the code's loading and the round trip ${wholeMs.toFixed(1)} ms`;
    console.log(`activation ${activationMs.toFixed(1)} ms; ${whole}`);
    ok(activationMs < 1000);
  });

  it("starts no process and reads no dataset, also when one is opened", async () => {
    await openFile("two-rows.jsonl");
    const api = await productApi();
    equal(api.inferenceProcessId, undefined);
    equal(api.dataset(fileUri("two-rows.jsonl")), null);
  });
});
