// Writes transactions of 50 scores and reports each, until it is killed.
import { openScoreDatabase } from "../../../src/store/scoreDatabase.ts";

const store = openScoreDatabase(process.argv[2] ?? "");
for (let transactionIdx = 0; ; transactionIdx++) {
  const scores = Array.from({ length: 50 }, (_, idx) => ({
    key: `${transactionIdx} ${idx}`,
    scoredAtMs: transactionIdx,
    logProbs: {
      open: new Float32Array(200),
      closed: new Float32Array(200),
      answerOnly: null,
      endOfTurn: { open: 0, closed: 0 },
    },
  }));
  store.write(scores);
  process.send?.(transactionIdx);
  await new Promise(setImmediate);
}
