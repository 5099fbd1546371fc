import type { ProblemData } from "../core/problem.ts";
import type { MessageRole } from "../core/role.ts";
import type { Message, TextPart } from "../core/row.ts";
import type { JsonPath } from "./jsonValue.ts";
import { maxTurns } from "./limits.ts";
import { emptyTarget, fieldName, isBlank, noTarget } from "./rowParts.ts";
import type { ShapeProblem, ShapeRow, ShapeRows } from "./shape.ts";

/** One turn of a conversation as a record writes it. */
export interface Turn {
  readonly role: MessageRole;
  readonly parts: readonly TextPart[];
  /** Where the turn's words are, or should be. */
  readonly path: JsonPath;
  /** `none`: the turn says nothing by design (only calls a tool); `untrained`: the record says not to train on it. */
  readonly target?: "none" | "untrained";
}

/** A turn that cannot be understood, or what it leaves out. */
export type TurnOrProblem = Turn | ShapeProblem;

/** What a shape says about its list of turns. */
export interface TurnOptions {
  /** Where an assistant turn should be, for the problem that none is there. */
  readonly path: JsonPath;
  /** Messages before the first turn, such as a system message of its own field. */
  readonly before?: readonly Message[];
  /** Assistant turns before this position are history, not targets. */
  readonly firstTarget?: number;
}

/**
 * The rows of a conversation: one per assistant turn, with everything said before it as its prompt. A turn that
 * cannot be understood ends the conversation, since what follows would be read without it.
 */
export function rowsOfTurns(turns: readonly TurnOrProblem[], options: TurnOptions): ShapeRows {
  const { path, before = [], firstTarget = 0 } = options;
  const rows: ShapeRow[] = [];
  const problems: ShapeProblem[] = [];
  const prompt: Message[] = [...before];
  let turnIdx = 0;
  let nTargets = 0;
  if (turns.length > maxTurns) {
    const data = { field: fieldName(path), count: turns.length, limit: maxTurns };
    return { rows, problems: [turnProblem("dataset/too-many-turns", "error", path, data)] };
  }
  for (let i = 0; i < turns.length; i++) {
    const turn = turns[i];
    if (turn === undefined) continue;
    if ("code" in turn) {
      problems.push(turn);
      if (turn.severity === "error") return { rows, problems };
      continue;
    }
    if (turn.role === "assistant" && i >= firstTarget) {
      nTargets++;
      const problem = targetProblem(turn, turnIdx);
      if (problem !== null) problems.push(problem);
      else rows.push({ turnIdx, row: { prompt: prompt.slice(), target: joined(turn.parts) } });
    }
    if (turn.role === "assistant") turnIdx++;
    prompt.push({ role: turn.role, parts: turn.parts });
  }
  if (nTargets === 0) problems.push(noTarget(path, turnIdx));
  return { rows, problems };
}

/** Says why an assistant turn cannot be a target; null when it can. */
function targetProblem(turn: Turn, turnIdx: number): ShapeProblem | null {
  if (turn.target === "none") return noTarget(turn.path, turnIdx);
  if (turn.target === "untrained")
    return turnProblem("dataset/turn-not-trained", "information", turn.path, { turn: turnIdx });
  return turn.parts.every((part) => isBlank(part.text)) ? emptyTarget(turn.path, turnIdx) : null;
}

/** One target of several parts; its words have no single place in the record then. */
function joined(parts: readonly TextPart[]): TextPart {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  return { kind: "text", text: parts.map((part) => part.text).join("") };
}

export function turnProblem(
  code: string,
  severity: ShapeProblem["severity"],
  path: JsonPath,
  data: ProblemData,
): ShapeProblem {
  return { code, severity, data, path };
}
