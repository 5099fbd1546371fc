import { randomBytes } from "node:crypto";
import { Uri, type Webview } from "vscode";
import { escapeMarkup } from "../figure/svgText.ts";

/**
 * The lens's page: one script and one style sheet of ours, named by a nonce and by the webview's own source, and nothing
 * else. Pictures come from blobs that the page makes itself when a figure is saved as PNG.
 */
export function lensPage(webview: Webview, extensionUri: Uri, title: string): string {
  const address = (name: string) => webview.asWebviewUri(Uri.joinPath(extensionUri, "dist", name)).toString();
  const nonce = randomBytes(16).toString("hex");
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; img-src blob:`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<link rel="stylesheet" href="${address("lens.css")}">
</head>
<body><div id="lens"></div><script nonce="${nonce}" src="${address("lens.js")}"></script></body>
</html>`;
}
