/** Gives the report the editor's colours: paper and ink from the theme, verdicts light or dark as the theme is. */
export const themeStyle = `
body { --cr-ink: var(--vscode-editor-foreground); --cr-paper: var(--vscode-editor-background);
  --cr-quiet: var(--vscode-descriptionForeground); --cr-line: var(--vscode-editorWidget-border, var(--vscode-contrastBorder)); }
body.vscode-light, body.vscode-high-contrast-light { --cr-axis: #6e7781; --cr-flagged: #b35900; --cr-redundant: #b35900; --cr-teacher-forced: #00795a;
  --cr-context-critical: #0066a8; --cr-unhelpful: #a8346f; --cr-no-context: #6e7781; --cr-positive: #1f7fc4; --cr-negative: #e07b00; }
body.vscode-dark, body.vscode-high-contrast:not(.vscode-high-contrast-light) { --cr-axis: #8c96a1; --cr-flagged: #f0a030; --cr-redundant: #f0a030; --cr-teacher-forced: #2fc08f;
  --cr-context-critical: #5cb3f0; --cr-unhelpful: #e585b5; --cr-no-context: #8c96a1; --cr-positive: #2a78b8; --cr-negative: #b86a10; }
body.vscode-high-contrast, body.vscode-high-contrast-light { --cr-quiet: var(--vscode-editor-foreground); --cr-line: var(--vscode-contrastBorder); }
`;
