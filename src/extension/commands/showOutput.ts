import { commands, type Disposable, type LogOutputChannel } from "vscode";
import { showOutputCommand } from "./commandNames.ts";

/** Shows what the runs wrote down: model, rates, cut, counts. */
export function registerShowOutput(log: LogOutputChannel): Disposable {
  return commands.registerCommand(showOutputCommand, () => log.show(true));
}
