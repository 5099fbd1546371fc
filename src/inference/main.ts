// The inference process: wiring only. Models, tokenizers and templates are parsed and run here and nowhere else in the
// editor, so that a crash or a kill takes nothing with it but the batch in flight.
import { Console } from "node:console";
import { openLanguageModel } from "../model/loadedModel.ts";
import { openScoreDatabase } from "../store/scoreDatabase.ts";
import { serveInference } from "./server.ts";

// Libraries write to stdout; only the IPC channel is ours.
globalThis.console = new Console(process.stderr, process.stderr);
const storeFile = process.argv[2] || null;
// The process must not outlive the one that started it.
process.on("disconnect", () => process.exit(0));
serveInference({ openModel: openLanguageModel, openStore: () => (storeFile ? openScoreDatabase(storeFile) : null) });
