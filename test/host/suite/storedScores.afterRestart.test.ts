import { equal } from "node:assert/strict";
import { flaggedLines, openFile, productApi, until } from "./product.ts";

describe("after a restart", () => {
  it("a file that was scored before shows its flags without a command", async () => {
    const document = await openFile("restarted.jsonl");
    const api = await productApi();
    const { counts } = await until("stored scores", () => {
      const dataset = api.dataset(document.uri);
      return dataset?.judgement ? dataset : null;
    });
    equal(counts.nScored, 12);
    equal(flaggedLines(document).length, 3);
  });
});
