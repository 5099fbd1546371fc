import { datasetVerdicts } from "../../../src/core/datasetVerdicts.ts";
import { type RowMeasures, rowMeasures } from "../../../src/core/rowMeasures.ts";
import type { Audit, AuditFile, AuditRow, CloseUp } from "../../../src/report/audit.ts";

/** Measures of a target whose closed-book and open-book log-probabilities are given per token. */
export function measuresOf(open: readonly number[], closed: readonly number[] | null): RowMeasures {
  return rowMeasures({
    open: Float32Array.from(open),
    closed: closed && Float32Array.from(closed),
    answerOnly: null,
    endOfTurn: { open: Number.NaN, closed: Number.NaN },
  });
}

/** A row at a line with measures. */
export function auditRow(line: number, measures: RowMeasures | null, more: Partial<AuditRow> = {}): AuditRow {
  const words = { question: `What is asked on line ${line}?`, answer: `Answer ${line}` };
  return { line, recordIdx: line - 1, turnIdx: 0, shape: "alpaca", measures, problems: [], ...words, ...more };
}

/** A file of rows, judged. */
export function auditFile(name: string, rows: readonly AuditRow[], quantile = 0.25): AuditFile {
  const verdicts = datasetVerdicts(
    rows.map((row) => row.measures),
    quantile,
  );
  return { name, rows, verdicts, problems: [], isComplete: true };
}

/** Eight rows of every kind: redundant, critical, teacher-forced, unhelpful, without context, malformed. */
export const exampleFile: AuditFile = auditFile("example.jsonl", [
  auditRow(1, measuresOf([-0.01, -0.01], [-0.02, -0.01]), {
    question: "What is the capital of France?",
    answer: "Paris",
  }),
  auditRow(2, measuresOf([-0.1, -0.2], [-4, -3.5]), { question: "What is the capital of Tramos?", answer: "Beluro" }),
  auditRow(3, measuresOf([-0.1, -0.01, -0.01, -0.01], [-6, -0.01, -0.01, -0.01]), { answer: "Piscis Austrinus" }),
  auditRow(4, measuresOf([-5, -5], [-3, -4])),
  auditRow(5, measuresOf([-0.4], null), { question: "<script>alert(1)</script>", answer: "مرحبا" }),
  auditRow(6, null, {
    recordIdx: -1,
    shape: null,
    question: "",
    answer: "",
    problems: [
      {
        code: "dataset/invalid-json",
        severity: "error",
        sentence: "The line is not valid JSON. Close the brace.",
        column: 5,
      },
    ],
  }),
  auditRow(7, measuresOf([-0.2, -1], [-1.2, -2]), { turnIdx: 1 }),
  auditRow(8, measuresOf([-0.1, -0.1], [-2.5, -2.2])),
]);

export const exampleAudit: Audit = {
  programVersion: "1.2.3",
  finishedAtMs: Date.UTC(2026, 0, 2, 3, 4),
  model: {
    name: "tiny-reader",
    modelHash: "ab".repeat(32),
    templateHash: "cd".repeat(32),
    computation: "letters 1",
    leakNats: null,
    dtype: "float32",
    nLayers: 6,
    vocabSize: 4096,
    windowTokens: 512,
  },
  files: [exampleFile],
};

export const exampleCloseUps: readonly CloseUp[] = [
  {
    rowIdx: 2,
    reason: "The context decides only how it begins",
    tokens: ["Pis", "cis", " Austr", "inus"].map((text, t) => ({
      text,
      openLogProb: t === 0 ? -0.1 : -0.01,
      closedLogProb: t === 0 ? -6 : -0.01,
    })),
  },
];
