import type { HeadPosition } from "../core/attentionLedger.ts";
import type { SteeredKeys } from "../core/attentionSteering.ts";
import { DEPENDENCY_THRESHOLD } from "../core/contextDependency.ts";
import { CodedError } from "../core/problem.ts";
import type { Row } from "../core/row.ts";
import { contextDecoding } from "../engine/contextDecoding.ts";
import { decodedAnswers } from "../engine/decodedAnswers.ts";
import { dependencyScores, type TurnDependency } from "../engine/dependencyScores.ts";
import { defaultNewTokens, generateAnswer } from "../engine/generateAnswer.ts";
import type { InspectableModel, TemplateChoice } from "../engine/inspectableModel.ts";
import { rowPattern } from "../engine/rowAttention.ts";
import { rowFigures } from "../engine/rowFigures.ts";
import { rowLedger } from "../engine/rowLedger.ts";
import { sentenceAblation } from "../engine/sentenceAblation.ts";
import { steeringControl } from "../engine/steeringControl.ts";
import { steerRow } from "../engine/steerRow.ts";
import { UnsteeredRows } from "../engine/unsteeredRows.ts";
import { answerJson, figuresJson, ledgerJson, patternJson, plainJson, steeredJson } from "./lookJson.ts";
import * as tables from "./lookTables.ts";

/** What `inspect` can be asked to look at; several at once are shown one after another. */
export interface LookOptions {
  readonly figures?: boolean;
  readonly ledger?: boolean;
  /** Layer of the full pattern, from 0. */
  readonly attention?: number;
  /** True for the default layer. */
  readonly dependency?: true | number;
  /** Alpha. */
  readonly steer?: number;
  readonly span: "user" | "context";
  readonly keys: SteeredKeys;
  /** All heads without it. */
  readonly heads?: readonly HeadPosition[];
  /** An answer to set the target against under steering, e.g. the one that the model remembers. */
  readonly other?: string;
  /** Steer the control set too. */
  readonly harm?: boolean;
  /** True for the default length. */
  readonly generate?: true | number;
  /** Place of the target token whose alternatives are shown, from 1; true for the first. */
  readonly decoding?: true | number;
  readonly ablation?: boolean;
  /** False for `--no-template`. */
  readonly template: boolean;
}

/** One thing that was looked at, in both forms it can be written in. */
export interface Look {
  readonly name: string;
  readonly json: unknown;
  readonly lines: Iterable<string>;
}

type Looker = (row: Row, model: InspectableModel, signal: AbortSignal) => Promise<Omit<Look, "name">>;

/** Looks at a row in every asked way, in the order of the help. */
export async function lookAt(
  row: Row,
  model: InspectableModel,
  options: LookOptions,
  signal: AbortSignal,
): Promise<Look[]> {
  const looks: Look[] = [];
  for (const [name, look] of askedLooks(options)) looks.push({ name, ...(await look(row, model, signal)) });
  return looks;
}

/** Says whether anything but the tokens themselves was asked for. */
export function asksLooks(options: LookOptions): boolean {
  return askedLooks(options).length > 0;
}

function askedLooks(options: LookOptions): [string, Looker][] {
  const { attention, dependency, steer, generate, decoding } = options;
  const template: TemplateChoice = options.template ? "own" : "plain";
  const all: [string, Looker | false | undefined][] = [
    ["figures", options.figures && figuresLook(template)],
    ["ledger", options.ledger && ledgerLook],
    ["attention", attention !== undefined && patternLook(template, attention)],
    ["dependency", dependency !== undefined && dependencyLook(dependency === true ? null : [dependency])],
    ["steer", steer !== undefined && steerLook(template, steer, options)],
    ["generate", generate !== undefined && answerLook(template, generate === true ? defaultNewTokens : generate)],
    ["decoding", decoding !== undefined && decodingLook(template, decoding === true ? 1 : decoding, options)],
    ["ablation", options.ablation && ablationLook],
  ];
  return all.flatMap(([name, look]): [string, Looker][] => (look ? [[name, look]] : []));
}

function figuresLook(template: TemplateChoice): Looker {
  return async (row, model, signal) => {
    const figures = await rowFigures(row, model, { template, signal });
    return { json: figuresJson(figures), lines: tables.figuresTable(figures) };
  };
}

const ledgerLook: Looker = async (row, model, signal) => {
  const ledger = await rowLedger(row, model, signal);
  return { json: ledgerJson(ledger), lines: tables.ledgerTable(ledger) };
};

function patternLook(template: TemplateChoice, layerIdx: number): Looker {
  return async (row, model) => {
    const pattern = await rowPattern(row, model, { template, book: "open", layerIdx, heads: "each" });
    return { json: patternJson(pattern), lines: tables.patternTable(pattern) };
  };
}

function dependencyLook(layers: readonly number[] | null): Looker {
  return async (row, model, signal) => {
    const [turn] = await dependencyScores([row], model, { layers, signal });
    const scored = scoredTurn(turn);
    return {
      json: plainJson({ threshold: DEPENDENCY_THRESHOLD, layers: scored.layers }),
      lines: tables.dependencyTable(scored),
    };
  };
}

/** What keeps a lone row from being scored is the command's error. */
function scoredTurn(turn: TurnDependency | undefined): TurnDependency {
  const problem = turn?.problems[0];
  if (!turn || problem) throw new CodedError(problem?.code ?? "row/no-target-tokens", problem?.data);
  return turn;
}

function answerLength({ generate }: { readonly generate?: true | number | undefined }): number {
  return typeof generate === "number" ? generate : defaultNewTokens;
}

function steerLook(template: TemplateChoice, alpha: number, asked: LookOptions): Looker {
  const { span, keys, heads = null, other, harm } = asked;
  const steering = { alpha, span, keys, heads, template };
  const maxNewTokens = answerLength(asked);
  return async (row, model, signal) => {
    const answers = other === undefined ? [] : [row.target.text, other];
    const steered = await steerRow(row, model, { ...steering, maxNewTokens, answers }, signal);
    const control = harm ? await steeringControl(model, steering, signal, new UnsteeredRows()) : null;
    const json = steeredJson(steered, span, keys);
    return { json: control ? { ...json, control } : json, lines: tables.steeringTable(steered, control) };
  };
}

function answerLook(template: TemplateChoice, maxNewTokens: number): Looker {
  return async (row, model, signal) => {
    const open = await generateAnswer(row, model, { template, book: "open", maxNewTokens, signal });
    const closed = await generateAnswer(row, model, { template, book: "closed", maxNewTokens, signal });
    return {
      json: { open: answerJson(open), closed: answerJson(closed) },
      lines: tables.answersTable(open, closed),
    };
  };
}

function decodingLook(template: TemplateChoice, place: number, asked: LookOptions): Looker {
  const maxNewTokens = answerLength(asked);
  return async (row, model, signal) => {
    const decoding = await contextDecoding(row, model, { template, targetIdx: place - 1, signal });
    const said = await decodedAnswers(row, model, { template, maxNewTokens, signal });
    return {
      json: plainJson({ ...decoding, answers: said.answers, answerFlip: said.flip }),
      lines: tables.decodingTable(decoding, said),
    };
  };
}

const ablationLook: Looker = async (row, model, signal) => {
  const ablation = await sentenceAblation(row, model, signal);
  return { json: plainJson(ablation), lines: tables.ablationTable(ablation) };
};
