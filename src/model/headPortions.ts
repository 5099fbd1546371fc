import type { InferenceSession, Tensor } from "onnxruntime-node";
import { headPort } from "../onnx/gatheredHead.ts";
import { loadOnnxRuntime, runSession } from "./onnxRuntime.ts";

type Outputs = Readonly<Record<string, Tensor>>;

/** Runs the head over the trunk's hidden rows, a portion at a time; `keep` gets each portion's outputs and first row. */
export async function runHeadInPortions(
  head: {
    readonly session: InferenceSession;
    readonly file: string;
    readonly vocabSize: number /** Most bytes of float32 logits at once. */;
    readonly portionBytes: number;
  },
  trunkOutputs: Outputs,
  targets: BigInt64Array,
  keep: (outputs: Outputs, start: number) => void,
): Promise<void> {
  const { Tensor } = await loadOnnxRuntime();
  const hidden = trunkOutputs[headPort.hiddenRows];
  if (hidden === undefined) throw new Error(`no ${headPort.hiddenRows} among the trunk's outputs`);
  const nColumns = hidden.dims[1] ?? 0;
  const nPortionRows = Math.max(1, Math.floor(head.portionBytes / (4 * head.vocabSize)));
  for (let start = 0; start < targets.length; start += nPortionRows) {
    const end = Math.min(targets.length, start + nPortionRows);
    const data = (hidden.data as Float32Array).subarray(start * nColumns, end * nColumns);
    const feeds = {
      ...trunkOutputs,
      [headPort.hiddenRows]: new Tensor(hidden.type as "float32", data, [end - start, nColumns]),
      [headPort.targetIds]: new Tensor("int64", targets.subarray(start, end), [end - start, 1]),
    };
    keep(await runSession(head.session, feeds, head.file), start);
  }
}
