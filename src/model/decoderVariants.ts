import type { InferenceSession } from "onnxruntime-node";
import { CodedError } from "../core/problem.ts";
import type { DecoderGraph } from "../onnx/decoderGraph.ts";
import type { HeadFigures } from "../onnx/gatheredHead.ts";
import { type GenerationGraph, generationGraph, type NextTokenForm } from "../onnx/generationGraph.ts";
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

/** What the variants of a decoder have in common. */
export interface VariantFacts {
  /** The graph file, named in errors. */
  readonly file: string;
  /** Heads per layer as the configuration says, for graphs that do not. */
  readonly nHeads: number | null;
  readonly threads: number;
  /** Many answers will be generated: worth a copy of the weights, which makes each token about 1.3 times as fast. */
  readonly answersMany?: boolean;
}

/**
 * A decoder in all the forms in which it is looked into. Weights are not repacked where that changes no number: they stay
 * in the file's pages, which all variants share, so that opening one takes milliseconds.
 */
export class DecoderVariants {
  readonly decoder: DecoderGraph;
  readonly file: string;
  /** Heads per layer; null where neither the graph nor the configuration says it. */
  readonly nHeads: number | null;
  readonly #model: OnnxFile;
  /** Of variants that give attention. */
  readonly #options: SessionOptions;
  /** Of variants that give log-probabilities: the same token must have the same one in every view. */
  readonly #logProbOptions: SessionOptions;
  readonly #generationOptions: SessionOptions;
  readonly #variants = new SessionVariants();
  readonly #presents = new Map<string, GenerationGraph["presents"]>();
  #refusesCache = false;

  constructor(model: OnnxFile, decoder: DecoderGraph, facts: VariantFacts) {
    const { file, nHeads, threads, answersMany = false } = facts;
    this.file = file;
    this.decoder = decoder;
    this.nHeads = decoder.nHeads ?? nHeads;
    this.#model = model;
    this.#options = { prepack: false, threads };
    this.#logProbOptions = { prepack: decoder.dependsOnRepacking, threads };
    this.#generationOptions = { prepack: answersMany || decoder.dependsOnRepacking, threads };
  }

  /** Every layer with attention, from 0. */
  get layers(): number[] {
    return this.decoder.attention.map((_, layerIdx) => layerIdx);
  }

  trunk<Result>(variant: TrunkVariant, run: (run: VariantRun) => Promise<Result>): Promise<Result> {
    const options = variant.hiddenRows ? this.#logProbOptions : this.#options;
    const open = () => this.#open(() => trunkBytes(this.#model.model, variant), options);
    return this.#use(`trunk ${JSON.stringify(variant)}`, open, run);
  }

  head<Result>(figures: HeadFigures, run: (run: VariantRun) => Promise<Result>): Promise<Result> {
    const open = () => this.#open(() => headBytes(this.#model.model, figures), this.#logProbOptions);
    return this.#use(`head ${JSON.stringify(figures)}`, open, run);
  }

  /**
   * `presents` are those of `GenerationGraph`; null where the graph has no cache, or one that ONNX Runtime has refused:
   * some exports only run with a cache that their own program allocates.
   */
  generation<Result>(
    kind: SteeringInputs["kind"],
    run: (run: VariantRun, presents: GenerationGraph["presents"]) => Promise<Result>,
    form: NextTokenForm = "choice",
  ): Promise<Result> {
    const name = `generation ${kind} ${form}${this.#refusesCache ? " without cache" : ""}`;
    const bytes = () => {
      const steering = { kind, nLayers: this.decoder.attention.length };
      const graph = generationGraph(this.#model.model, steering, !this.#refusesCache, form);
      this.#presents.set(name, graph.presents);
      return graph.bytes;
    };
    const open = () => this.#open(bytes, this.#generationOptions);
    return this.#use(name, open, (variant) => run(variant, this.#presents.get(name) ?? null));
  }

  /** From now on generation runs whole sequences. */
  doWithoutCache(): void {
    this.#refusesCache = true;
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

  async #open(bytes: () => Uint8Array, options: SessionOptions): Promise<InferenceSession> {
    return createSession(withFileName(this.file, bytes), this.#model.folder, this.file, options);
  }

  #use<Result>(
    name: string,
    open: () => Promise<InferenceSession>,
    run: (run: VariantRun) => Promise<Result>,
  ): Promise<Result> {
    const { decoder, file } = this;
    return this.#variants.use(name, open, (session) => run({ session, decoder, file }));
  }
}
