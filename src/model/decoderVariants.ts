import type { InferenceSession } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import type { DecoderGraph } from "../onnx/decoderGraph.ts";
import type { HeadFigures } from "../onnx/gatheredHead.ts";
import { type GenerationGraph, generationGraph } from "../onnx/generationGraph.ts";
import type { SteeringInputs } from "../onnx/headSteering.ts";
import { headBytes, type TrunkVariant, trunkBytes } from "../onnx/instrumentation.ts";
import { type OnnxFile, withFileName } from "./onnxFile.ts";
import { createSession, type SessionOptions } from "./onnxRuntime.ts";
import { SessionVariants } from "./sessionVariants.ts";

/** What a run on a variant needs besides its session. */
export interface VariantRun {
  readonly session: InferenceSession;
  readonly decoder: DecoderGraph;
  /** Named in errors. */
  readonly file: string;
}

/**
 * A decoder in all the forms in which it is looked into. Weights are not repacked: they stay in the file's pages, which
 * all variants share, so that opening one takes milliseconds.
 */
export class DecoderVariants {
  readonly decoder: DecoderGraph;
  readonly file: string;
  /** Heads per layer; null where neither the graph nor the configuration says it. */
  readonly nHeads: number | null;
  readonly #model: OnnxFile;
  readonly #options: SessionOptions;
  readonly #variants = new SessionVariants();
  readonly #presents = new Map<SteeringInputs["kind"], GenerationGraph["presents"]>();

  constructor(model: OnnxFile, decoder: DecoderGraph, facts: { file: string; nHeads: number | null; threads: number }) {
    const { file, nHeads, threads } = facts;
    this.file = file;
    this.decoder = decoder;
    this.nHeads = decoder.nHeads ?? nHeads;
    this.#model = model;
    this.#options = { prepack: false, threads };
  }

  /** Every layer with attention, from 0. */
  get layers(): number[] {
    return this.decoder.attention.map((_, layerIdx) => layerIdx);
  }

  trunk<Result>(variant: TrunkVariant, run: (run: VariantRun) => Promise<Result>): Promise<Result> {
    return this.#use(`trunk ${JSON.stringify(variant)}`, () => trunkBytes(this.#model.model, variant), run);
  }

  head<Result>(figures: HeadFigures, run: (run: VariantRun) => Promise<Result>): Promise<Result> {
    return this.#use(`head ${JSON.stringify(figures)}`, () => headBytes(this.#model.model, figures), run);
  }

  /** `presents` are those of `GenerationGraph`. */
  generation<Result>(
    kind: SteeringInputs["kind"],
    run: (run: VariantRun, presents: GenerationGraph["presents"]) => Promise<Result>,
  ): Promise<Result> {
    const bytes = () => {
      const graph = generationGraph(this.#model.model, { kind, nLayers: this.decoder.attention.length });
      this.#presents.set(kind, graph.presents);
      return graph.bytes;
    };
    return this.#use(`generation ${kind}`, bytes, (variant) => run(variant, this.#presents.get(kind) ?? null));
  }

  /** @throws CodedError `model/unsupported-graph` where a layer's attention cannot be read. */
  checkLayer(layerIdx: number): void {
    const nLayers = this.decoder.attention.length;
    const reason = nLayers === 0 ? "no-attention" : "layer";
    if (!(Number.isInteger(layerIdx) && layerIdx >= 0 && layerIdx < nLayers)) {
      throw new CodedError("model/unsupported-graph", { file: this.file, reason, layerIdx, nLayers });
    }
  }

  release(): Promise<void> {
    return this.#variants.release();
  }

  #use<Result>(name: string, bytes: () => Uint8Array, run: (run: VariantRun) => Promise<Result>): Promise<Result> {
    const { decoder, file } = this;
    const open = async () => createSession(withFileName(file, bytes), this.#model.folder, file, this.#options);
    return this.#variants.use(name, open, (session) => run({ session, decoder, file }));
  }
}
