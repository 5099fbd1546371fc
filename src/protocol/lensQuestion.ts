import type { HeadPosition } from "../core/attentionLedger.ts";
import type { ControlQuestion, LensQuestion } from "./lens.ts";

/** Far above any model's; they keep a wrong message from asking for something absurd. */
const maxLayers = 1000;
const maxTokens = 1 << 20;
const maxNewTokens = 512;
const maxAnswers = 8;
const maxAnswerLength = 10_000;

/** A question of the lens's page about its row; null when it is none. */
export function lensQuestion(value: unknown): LensQuestion | null {
  if (!isRecord(value)) return null;
  switch (value.method) {
    case "row/figures":
    case "row/ledger":
    case "row/ablation":
      return { method: value.method };
    case "row/token-attention":
      return isBelow(value.tokenIdx, maxTokens) ? { method: value.method, tokenIdx: value.tokenIdx } : null;
    case "row/pattern": {
      const { layerIdx, heads } = value;
      const isHeads = heads === "mean" || heads === "max" || isBelow(heads, maxLayers);
      return isHeads && isBelow(layerIdx, maxLayers) ? { method: value.method, layerIdx, heads } : null;
    }
    case "row/decoding":
      return isBelow(value.targetIdx, maxTokens) ? { method: value.method, targetIdx: value.targetIdx } : null;
    case "rows/dependency":
      return { method: value.method };
    case "row/decoded-answers":
      return isBelow(value.maxNewTokens, maxNewTokens + 1)
        ? { method: value.method, maxNewTokens: value.maxNewTokens }
        : null;
    case "row/steer":
      return steeringQuestion(value);
    case "steering/control": {
      const steering = steeringOf(value);
      return steering && { method: value.method, ...steering };
    }
    default:
      return null;
  }
}

function steeringQuestion(value: Record<string, unknown>): LensQuestion | null {
  const { answers } = value;
  const steering = steeringOf(value);
  if (!steering || !isBelow(value.maxNewTokens, maxNewTokens + 1) || !isAnswers(answers)) return null;
  return { method: "row/steer", ...steering, maxNewTokens: value.maxNewTokens, answers };
}

function steeringOf(value: Record<string, unknown>): ControlQuestion | null {
  const { alpha, span, keys } = value;
  const heads = value.heads === null ? null : headPositions(value.heads);
  if (typeof alpha !== "number" || !(alpha > 0 && alpha <= 1) || heads === undefined) return null;
  if ((span !== "user" && span !== "context") || (keys !== "all" && keys !== "prompt")) return null;
  return { alpha, span, keys, heads };
}

function headPositions(value: unknown): readonly HeadPosition[] | undefined {
  if (!Array.isArray(value) || value.length > maxLayers * maxLayers) return undefined;
  const heads = value.flatMap((head: unknown) =>
    isRecord(head) && isBelow(head.layerIdx, maxLayers) && isBelow(head.headIdx, maxLayers)
      ? [{ layerIdx: head.layerIdx, headIdx: head.headIdx }]
      : [],
  );
  return heads.length === value.length ? heads : undefined;
}

function isAnswers(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= maxAnswers &&
    value.every((answer) => typeof answer === "string" && answer.length <= maxAnswerLength)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isBelow(value: unknown, limit: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
}
