// Opens a store that others open at the same moment and writes 100 scores, one by one.
import { openScoreDatabase } from "../../../src/store/scoreDatabase.ts";

const [file = "", name = ""] = process.argv.slice(2);
const store = openScoreDatabase(file, { busyTimeoutMs: 20_000 });
for (let idx = 0; idx < 100; idx++) {
  const logProbs = { open: new Float32Array(9), closed: null, answerOnly: null, endOfTurn: { open: 0, closed: 0 } };
  store.write([{ key: `${name} ${idx}`, scoredAtMs: idx, logProbs }]);
}
store.close();
