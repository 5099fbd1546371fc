import { commands, type Disposable, Uri } from "vscode";
import { explainVerdictCommand } from "./commandNames.ts";

/** Opens the page that says what the verdicts mean and how the numbers are computed, at a heading of it. */
export function registerExplainVerdict(extensionUri: Uri): Disposable {
  return commands.registerCommand(explainVerdictCommand, async (heading?: unknown) => {
    const fragment = typeof heading === "string" && /^[a-z-]+$/.test(heading) ? heading : "";
    const page = Uri.joinPath(extensionUri, "docs", "verdicts.md").with({ fragment });
    await commands.executeCommand("markdown.showPreview", page);
  });
}

/** Where a diagnostic's code leads: the same page, at the verdict's heading. */
export function explainUri(heading: string): Uri {
  return Uri.from({ scheme: "command", path: explainVerdictCommand, query: JSON.stringify([heading]) });
}
