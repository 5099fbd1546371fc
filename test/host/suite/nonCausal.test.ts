import { equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { commands, workspace } from "vscode";
import { writeLetterFolder } from "../../fixture/letterFolder.ts";
import { datasetOf, fileUri, openText, productApi } from "./product.ts";

const graph = join(__dirname, ..."../../../test/golden/decoders/llama/int8-dynamic.onnx.gz".split("/"));
const rows = ["Zubrowka", "Freedonia"].map((land, idx) =>
  JSON.stringify({ instruction: `Capital of ${land}?`, input: `There it is Town ${idx}.`, output: `Town ${idx}.` }),
);

describe("A model that is not causal", () => {
  it("is refused unless the setting allows it, and tells its leak", async () => {
    const settings = workspace.getConfiguration("contextReliance");
    const document = await openText("int8.jsonl", `${rows.join("\n")}\n`);
    const score = () => commands.executeCommand("contextReliance.scoreFile", document.uri);
    await settings.update("model.path", writeLetterFolder(fileUri("letters-int8").fsPath, graph), true);
    try {
      await score();
      equal((await productApi()).dataset(document.uri)?.counts.nScored ?? 0, 0);

      await settings.update("model.allowNonCausal", true, true);
      await score();
      const { counts, model } = await datasetOf(document);
      equal(counts.nScored, 2);
      equal(model?.dtype, "int8-dynamic");
      ok((model?.leakNats ?? 0) > 0.01);

      await settings.update("model.allowNonCausal", undefined, true);
      const other = await openText("int8-refused.jsonl", `${rows.toReversed().join("\n")}\n`);
      await commands.executeCommand("contextReliance.scoreFile", other.uri);
      equal((await productApi()).dataset(other.uri)?.counts.nScored ?? 0, 0);
    } finally {
      await settings.update("model.allowNonCausal", undefined, true);
      await settings.update("model.path", undefined, true);
    }
  });
});
