import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { CodedError } from "../core/problem.ts";
import type { MessageRole } from "../core/role.ts";

/** A message as chat templates know it. */
export interface TemplateMessage {
  readonly role: MessageRole;
  readonly content: string;
}

/** Turns a conversation that ends with the assistant's answer into the text the model was trained on. */
export interface PromptTemplate {
  /** "chat" for the model's own template, otherwise the name of one of ours. */
  readonly name: string;
  /** What the template's scores depend on: its text, or the name of one of ours. */
  readonly source: string;
  /** Whether the template's text itself holds the token that begins a sequence. */
  readonly writesStartToken: boolean;
  /** @throws CodedError `model/template-failed` {reason, message}. */
  render(messages: readonly TemplateMessage[]): string;
}

/**
 * For base models, which have no template: the texts of the turns with one empty line between them, no role words,
 * nothing after the answer; empty turns are left out. The sequence begins with the model's start token.
 */
export const plainTemplate: PromptTemplate = {
  name: "plain-1",
  source: "plain-1",
  writesStartToken: false,
  render: (messages) =>
    messages
      .map((message) => message.content)
      .filter((content) => content.length > 0)
      .join("\n\n"),
};

/**
 * For base models that go on where a line ends, as in `Question: ...\nAnswer:`: as the plain template, but the answer
 * follows in the same line after one space.
 */
export const completionTemplate: PromptTemplate = {
  name: "completion-1",
  source: "completion-1",
  writesStartToken: false,
  render: (messages) => {
    const prompt = plainTemplate.render(messages.slice(0, -1));
    const answer = messages.at(-1)?.content ?? "";
    return prompt === "" ? answer : `${prompt} ${answer}`;
  },
};

// The library's declarations do not resolve under Node's module rules; this is the part of them that is used.
interface JinjaValue {
  readonly type: string;
  readonly value: unknown;
}
interface JinjaEnvironment {
  set(name: string, value: unknown): JinjaValue;
}
interface JinjaInterpreter {
  run(program: unknown): JinjaValue;
  evaluate(node: unknown, environment: JinjaEnvironment): JinjaValue;
}
const JinjaEnvironmentClass = Environment as unknown as new () => JinjaEnvironment;
const JinjaInterpreterClass = Interpreter as unknown as new (environment: JinjaEnvironment) => JinjaInterpreter;

/** A template is a program that came with a model: it may loop for ever or double a text until memory is full. */
const limits = {
  /** Nodes evaluated; a conversation of 1,000 turns under a long template takes about 200,000. */
  maxSteps: 20_000_000,
  /** Longer than any honest rendering by two orders of magnitude. */
  maxMs: 2_000,
  /** Characters and list items produced by all nodes together: so many, */
  maxProduced: 16_000_000,
  /** and so many more per character of the conversation. */
  maxProducedPerCharacter: 256,
  /** Items of one `range`. */
  maxRange: 10_000,
};

/**
 * The date that `strftime_now` gives, 26 July 2024: prompts and scores must not change from day to day.
 * Llama 3's templates fall back to the same one where the clock is missing.
 */
const dateFields: Readonly<Record<string, string>> = {
  ...{ "%Y": "2024", "%y": "24", "%m": "07", "%d": "26", "%b": "Jul", "%B": "July", "%a": "Fri", "%A": "Friday" },
  ...{ "%H": "00", "%M": "00", "%S": "00", "%%": "%" },
};

class TemplateLimitError extends Error {}
class TemplateRefusal extends Error {}

class LimitedInterpreter extends JinjaInterpreterClass {
  private nSteps = 0;
  private nProduced = 0;
  private readonly deadline = performance.now() + limits.maxMs;
  private readonly maxProduced: number;

  constructor(environment: JinjaEnvironment, maxProduced: number) {
    super(environment);
    this.maxProduced = maxProduced;
  }

  override evaluate(node: unknown, environment: JinjaEnvironment): JinjaValue {
    this.nSteps++;
    if (this.nSteps > limits.maxSteps) throw new TemplateLimitError("the template does not come to an end");
    // One step can be a loop of many empty turns, so the clock is read often.
    if ((this.nSteps & 15) === 0 && performance.now() > this.deadline) {
      throw new TemplateLimitError(`the template took longer than ${limits.maxMs} ms`);
    }
    const result = super.evaluate(node, environment);
    if (typeof result.value === "string" || Array.isArray(result.value)) this.nProduced += result.value.length;
    if (this.nProduced > this.maxProduced) throw new TemplateLimitError("the template's text grows without bound");
    return result;
  }
}

/**
 * Compiles a model's Jinja chat template. It runs without files, network or clock, within the limits above.
 * @param specialTokens `bos_token`, `eos_token` and the like, as templates name them.
 * @throws CodedError `model/template-failed` {reason: "syntax", message}.
 */
export function compileChatTemplate(text: string, specialTokens: Readonly<Record<string, string>>): PromptTemplate {
  const program = attempt("syntax", () => parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true })));
  return {
    name: "chat",
    source: text,
    writesStartToken: true,
    render: (messages) => attempt("failed", () => renderProgram(program, messages, specialTokens)),
  };
}

function renderProgram(
  program: unknown,
  messages: readonly TemplateMessage[],
  specialTokens: Readonly<Record<string, string>>,
): string {
  const environment = new JinjaEnvironmentClass();
  const variables: Record<string, unknown> = {
    ...{ true: true, false: false, none: null, True: true, False: false, None: null },
    raise_exception: (message: unknown) => {
      throw new TemplateRefusal(String(message));
    },
    range: limitedRange,
    strftime_now: formatTemplateDate,
    ...specialTokens,
    messages: messages.map(({ role, content }) => ({ role, content })),
    add_generation_prompt: false,
    tools: null,
    documents: null,
  };
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  const nCharacters = messages.reduce((sum, message) => sum + message.content.length, 0);
  const maxProduced = limits.maxProduced + limits.maxProducedPerCharacter * nCharacters;
  const rendered = new LimitedInterpreter(environment, maxProduced).run(program).value;
  if (typeof rendered !== "string") throw new Error("the template gives no text");
  return rendered;
}

function attempt<T>(reason: "syntax" | "failed", action: () => T): T {
  try {
    return action();
  } catch (error) {
    const kind = error instanceof TemplateRefusal ? "refused" : error instanceof TemplateLimitError ? "limit" : reason;
    const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
    throw new CodedError("model/template-failed", { reason: kind, message }, { cause: error });
  }
}

function limitedRange(first: number, second?: number | null, step: number | null = 1): number[] {
  const [start, stop, by] = second === undefined || second === null ? [0, first, 1] : [first, second, step ?? 1];
  const nItems = Math.max(0, Math.ceil((stop - start) / by));
  if (!(nItems <= limits.maxRange)) throw new TemplateLimitError(`range of ${nItems} items`);
  return Array.from({ length: nItems }, (_, idx) => start + idx * by);
}

function formatTemplateDate(format: string): string {
  return String(format).replace(/%[a-zA-Z%]/g, (field) => dateFields[field] ?? field);
}
