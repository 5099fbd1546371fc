import { expect, test } from "vitest";
import { cachedModelName } from "../../../src/extension/modelFolders.ts";

test.each([
  ["/home/me/.cache/huggingface/hub/models--org--name-1B/snapshots/0123abcd", "org/name-1B"],
  ["C:\\cache\\models--org--name\\snapshots\\0123abcd\\", "org/name"],
  ["/hub/models--gpt2/snapshots/0123", "gpt2"],
  ["/models/my-model", null],
  ["/hub/models--org--name", null],
  ["/hub/models--org--name/snapshots/0123/onnx", null],
])("%s is %s", (path, name) => expect(cachedModelName(path)).toBe(name));
