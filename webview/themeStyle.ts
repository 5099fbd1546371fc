import { figureColours, figureRules } from "../src/figure/figureStyle.ts";

/** Lets every figure take the editor's colours: light or dark as the theme is, paper and ink from the theme itself. */
export function themeSheet(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:where(body) {${figureColours.dark} }
:where(body.vscode-light, body.vscode-high-contrast-light) {${figureColours.light} }
body {
  --cr-ink: var(--vscode-editor-foreground); --cr-paper: var(--vscode-editor-background);
  --cr-quiet: var(--vscode-descriptionForeground);
  --cr-line: var(--vscode-editorWidget-border, var(--vscode-contrastBorder)); }
body.vscode-high-contrast, body.vscode-high-contrast-light {
  --cr-quiet: var(--vscode-editor-foreground); --cr-line: var(--vscode-contrastBorder); --cr-axis: var(--vscode-contrastBorder); }
${figureRules}`);
  return sheet;
}
