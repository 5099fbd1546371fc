import type { ModelIdentity } from "../core/modelIdentity.ts";
import { CodedError } from "../core/problem.ts";
import type { Book, Row } from "../core/row.ts";
import type {
  GeneratedTokens,
  GenerationOptions,
  InspectableModel,
  KeySteering,
  LayerPattern,
  ReadTokens,
  ReducedAttention,
  ReducedAttentionRequest,
  TemplateChoice,
  TokenFigures,
} from "../engine/inspectableModel.ts";
import type { SegmentedPrompt, TokenSequence } from "../engine/languageModel.ts";
import { describeDecoder } from "../onnx/decoderGraph.ts";
import { runLayerPattern, runReducedAttention } from "./attentionRun.ts";
import { runGenerations } from "./batchGeneration.ts";
import { measureLeak, variantLogProbs } from "./causalLeak.ts";
import { compileChatTemplate, completionTemplate, type PromptTemplate, plainTemplate } from "./chatTemplate.ts";
import { DecoderVariants } from "./decoderVariants.ts";
import { runFigures, runNextLogProbs } from "./figuresRun.ts";
import { runGeneration } from "./generationRun.ts";
import { readModelConfig } from "./modelConfig.ts";
import { type ModelFolder, type ModelFolderOptions, openModelFolder } from "./modelFolder.ts";
import { modelHash, modelIdentity } from "./modelIdentity.ts";
import { openOnnxFile, withFileName } from "./onnxFile.ts";
import { defaultThreads, type SessionOptions } from "./onnxRuntime.ts";
import { type OnnxSession, openScoringSession } from "./onnxSession.ts";
import { endOfTurnToken, segmentPrompt, segmentRow } from "./promptSegments.ts";
import { readTokens } from "./readTokens.ts";
import { readStopTokens, shortestRow } from "./stopTokens.ts";
import { openTokenizer, type TextTokenizer } from "./tokenizer.ts";

/** How a model is opened; everything has a default. */
export interface LanguageModelOptions extends ModelFolderOptions, Partial<SessionOptions> {
  /** Score even where a later token can move an earlier log-probability (dynamic int8). */
  readonly allowNonCausal?: boolean;
  /** Load the weights for scoring when the first row is scored, not at once: for a look into single rows. */
  readonly scoresLater?: boolean;
  /** Many answers will be generated, as over a data set: as fast as can be, for a copy of the weights. */
  readonly answersMany?: boolean;
}

// A dataset run is the common case; a single look at a row loses a fraction of a second by repacking.
const defaultSession: SessionOptions = { prepack: true, threads: defaultThreads };

/**
 * Opens the language model in a folder for scoring and for looks into single rows.
 * @throws CodedError those of `openModelFolder`, `openTokenizer` and `openOnnxSession`; `model/config-incomplete` {field};
 * `model/template-failed` {reason: "syntax", message}; `model/not-causal` {file, dtype}.
 */
export async function openLanguageModel(folder: string, options: LanguageModelOptions = {}): Promise<InspectableModel> {
  const files = await openModelFolder(folder, options);
  const config = readModelConfig(files.config, files.tokenizerConfig);
  const tokenizer = await openTokenizer(files.tokenizerFile, files.tokenizerConfig, config);
  const template = promptTemplate(files, tokenizer);
  const file = files.graphFile;
  const graph = openOnnxFile(file);
  const { hash } = modelHash(graph, files, tokenizer);
  const decoder = withFileName(file, () => describeDecoder(graph.model));
  if (!decoder.isCausal && !options.allowNonCausal) {
    throw new CodedError("model/not-causal", { file, dtype: decoder.weightFormat });
  }
  const session = { ...defaultSession, ...sessionOptions(options) };
  const variants = new DecoderVariants(graph, decoder, {
    file,
    nHeads: config.nHeads,
    threads: session.threads,
    answersMany: options.answersMany ?? false,
  });
  const scoring = new ScoringSession(() => openScoringSession(file, graph, decoder, session));
  if (!options.scoresLater) await scoring.open();
  const leakNats = decoder.isCausal ? null : await measureLeak(decoder.vocabSize, variantLogProbs(variants));
  const parts = { scoring, variants, tokenizer, template, stopIds: readStopTokens(files, config) };
  return new LoadedModel(parts, modelIdentity({ files, hash, template, config, decoder, session, leakNats }));
}

function sessionOptions({ prepack, threads }: LanguageModelOptions): Partial<SessionOptions> {
  return { ...(prepack === undefined ? {} : { prepack }), ...(threads === undefined ? {} : { threads }) };
}

/** The model's own chat template, or the plain one for a base model. @throws CodedError `model/template-failed`. */
export function promptTemplate(files: ModelFolder, tokenizer: TextTokenizer): PromptTemplate {
  return files.chatTemplate === null ? plainTemplate : compileChatTemplate(files.chatTemplate, tokenizer.specialTokens);
}

/** The session for scoring, opened once, when it is first needed. */
class ScoringSession {
  readonly #open: () => Promise<OnnxSession>;
  #session: Promise<OnnxSession> | null = null;

  constructor(open: () => Promise<OnnxSession>) {
    this.#open = open;
  }

  open(): Promise<OnnxSession> {
    this.#session ??= this.#open();
    return this.#session;
  }

  async release(): Promise<void> {
    await (await this.#session?.catch(() => null))?.release();
  }
}

/** What a loaded model is made of. */
interface ModelParts {
  readonly scoring: ScoringSession;
  readonly variants: DecoderVariants;
  readonly tokenizer: TextTokenizer;
  readonly template: PromptTemplate;
  /** Tokens that end an answer whatever the template. */
  readonly stopIds: readonly number[];
}

/** What the model's files name, and the token that its template writes behind an answer. */
function answerEnds({ template, tokenizer, stopIds }: ModelParts): ReadonlySet<number> {
  const endOfTurn = endOfTurnToken(shortestRow, template, tokenizer);
  return new Set(endOfTurn === null ? stopIds : [...stopIds, endOfTurn]);
}

class LoadedModel implements InspectableModel {
  readonly identity: ModelIdentity;
  readonly #parts: ModelParts;
  #stopIds: ReadonlySet<number> | null = null;

  constructor(parts: ModelParts, identity: ModelIdentity) {
    this.identity = identity;
    this.#parts = parts;
  }

  get nAttentionLayers(): number {
    return this.#parts.variants.decoder.attention.length;
  }

  get hasChatTemplate(): boolean {
    return this.#parts.template !== plainTemplate;
  }

  get stopIds(): ReadonlySet<number> {
    this.#stopIds ??= answerEnds(this.#parts);
    return this.#stopIds;
  }

  segment(row: Row, book: Book, template: TemplateChoice = "own"): SegmentedPrompt {
    return segmentRow(row, book, this.#template(template), this.#parts.tokenizer);
  }

  generationPrompt(row: Row, book: "open" | "closed", template: TemplateChoice): SegmentedPrompt {
    return segmentPrompt(row, book, this.#template(template), this.#parts.tokenizer);
  }

  tokenTexts(tokenIds: Int32Array): string[] {
    return Array.from(tokenIds, (tokenId) => this.#parts.tokenizer.tokenText(tokenId));
  }

  words(tokenIds: Int32Array): string[] {
    const { tokenizer } = this.#parts;
    return Array.from(tokenIds, (tokenId) => {
      const text = tokenizer.tokenText(tokenId);
      // The decoders of such vocabularies drop the space before the first word of a text.
      if (tokenizer.isSpecial(tokenId) || text.startsWith("▁")) return text.replaceAll("▁", " ");
      return tokenizer.decode(Int32Array.of(tokenId));
    });
  }

  decode(tokenIds: Int32Array): string {
    return this.#parts.tokenizer.decode(tokenIds);
  }

  async logProbs(batch: readonly TokenSequence[]): Promise<Float32Array[]> {
    return (await this.#parts.scoring.open()).logProbs(batch);
  }

  tokenFigures(batch: readonly TokenSequence[], topK: number, steering?: KeySteering): Promise<TokenFigures[]> {
    return runFigures(this.#parts.variants, batch, topK, steering);
  }

  nextLogProbs(tokenIds: Int32Array): Promise<Float32Array> {
    return runNextLogProbs(this.#parts.variants, tokenIds);
  }

  reducedAttention(request: ReducedAttentionRequest): Promise<ReducedAttention> {
    return runReducedAttention(this.#parts.variants, request);
  }

  layerPattern(tokenIds: Int32Array, layerIdx: number): Promise<LayerPattern> {
    return runLayerPattern(this.#parts.variants, tokenIds, layerIdx);
  }

  generate(promptIds: Int32Array, options: GenerationOptions): Promise<GeneratedTokens> {
    const bounds = { stopIds: this.stopIds, windowTokens: this.identity.windowTokens };
    return runGeneration(this.#parts.variants, promptIds, bounds, options);
  }

  generateMany(
    prompts: readonly Int32Array[],
    options: Pick<GenerationOptions, "maxNewTokens" | "signal">,
  ): Promise<GeneratedTokens[]> {
    const bounds = { stopIds: this.stopIds, windowTokens: this.identity.windowTokens };
    return runGenerations(this.#parts.variants, prompts, bounds, options);
  }

  read(promptIds: Int32Array): Promise<ReadTokens> {
    return readTokens(this.#parts.variants, promptIds, this.identity.windowTokens);
  }

  async release(): Promise<void> {
    await this.#parts.scoring.release();
    await this.#parts.variants.release();
  }

  #template(choice: TemplateChoice): PromptTemplate {
    if (choice === "completion") return completionTemplate;
    return choice === "plain" ? plainTemplate : this.#parts.template;
  }
}
