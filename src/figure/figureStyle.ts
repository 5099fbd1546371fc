/**
 * Colours and type of all figures, as CSS custom properties that a host may set: `--cr-ink`, `--cr-paper`, ….
 * The five verdict colours are from the Okabe-Ito palette, darkened or lightened to keep 3:1 against the paper;
 * they stay apart under the common colour-vision deficiencies, and each verdict has a shape of its own besides.
 */
const light = `
  --cr-ink: #1c2126;
  --cr-quiet: #59636e;
  --cr-paper: #ffffff;
  --cr-line: #d5dae0;
  --cr-axis: #8b949e;
  --cr-flagged: #b35900;
  --cr-redundant: #b35900;
  --cr-teacher-forced: #00795a;
  --cr-context-critical: #0066a8;
  --cr-unhelpful: #a8346f;
  --cr-no-context: #6e7781;
  --cr-positive: #1f7fc4;
  --cr-negative: #e07b00;
  --cr-user: #0072b2;
  --cr-assistant: #00795a;
  --cr-system: #8e5ea2;
  --cr-tool: #b3426f;
  --cr-template: #7d8894;
  --cr-bos: #c98a00;
  --cr-heat: #8a3ffc;`;

const dark = `
  --cr-ink: #e6eaef;
  --cr-quiet: #9aa5b1;
  --cr-paper: #15191e;
  --cr-line: #2e353d;
  --cr-axis: #6b7682;
  --cr-flagged: #f0a030;
  --cr-redundant: #f0a030;
  --cr-teacher-forced: #2fc08f;
  --cr-context-critical: #5cb3f0;
  --cr-unhelpful: #e585b5;
  --cr-no-context: #8c96a1;
  --cr-positive: #2a78b8;
  --cr-negative: #b86a10;
  --cr-user: #56a8e0;
  --cr-assistant: #2fc08f;
  --cr-system: #c49be0;
  --cr-tool: #e585b5;
  --cr-template: #8c96a1;
  --cr-bos: #e0b040;
  --cr-heat: #a970ff;`;

const rules = `
.cr-figure { max-width: 100%; height: auto; font: 12px/1 system-ui, "Segoe UI", sans-serif; }
.cr-label { fill: var(--cr-ink); }
.cr-quiet { fill: var(--cr-quiet); }
.cr-empty { fill: none; stroke: var(--cr-line); stroke-dasharray: 4 4; }
.cr-grid { stroke: var(--cr-line); }
.cr-axis-line { stroke: var(--cr-axis); }
.cr-redundant { --cr-this: var(--cr-redundant); }
.cr-teacher-forced { --cr-this: var(--cr-teacher-forced); }
.cr-context-critical { --cr-this: var(--cr-context-critical); }
.cr-unhelpful { --cr-this: var(--cr-unhelpful); }
.cr-no-context { --cr-this: var(--cr-no-context); }
.cr-mark { fill: var(--cr-this); fill-opacity: 0.72; stroke: var(--cr-this); }
.cr-flagged-area { fill: var(--cr-flagged); fill-opacity: 0.08; }
.cr-cut-line { stroke: var(--cr-flagged); stroke-width: 1.5; stroke-dasharray: 5 3; }
.cr-cut-label { fill: var(--cr-flagged); font-weight: 600; paint-order: stroke; stroke: var(--cr-paper); stroke-width: 3px; }
.cr-bar { fill: var(--cr-no-context); fill-opacity: 0.55; stroke: var(--cr-no-context); }
.cr-bar-flagged { stroke: var(--cr-flagged); }
.cr-hatch-ground { fill: var(--cr-flagged); fill-opacity: 0.25; }
.cr-hatch-line { fill: var(--cr-flagged); }
.cr-token-box { fill: none; stroke: var(--cr-line); }
.cr-gain-positive .cr-token-fill { fill: var(--cr-positive); }
.cr-gain-negative .cr-token-fill { fill: var(--cr-negative); }
.cr-gain-none .cr-token-fill { fill: none; }
.cr-gain-negative .cr-token-box { stroke: var(--cr-negative); stroke-dasharray: 3 2; }
.cr-token-text { font: 13px/1 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; unicode-bidi: isolate; white-space: pre; }
.cr-token-part { font-size: 8.5px; fill: var(--cr-quiet); }
.cr-token-gain { font-size: 10.5px; fill: var(--cr-quiet); }
.cr-t90-line { stroke: var(--cr-ink); stroke-width: 2; }
.cr-t90-label { font-size: 10.5px; font-weight: 600; }
.cr-role-user { --cr-this: var(--cr-user); }
.cr-role-context { --cr-this: var(--cr-user); }
.cr-role-assistant, .cr-role-target { --cr-this: var(--cr-assistant); }
.cr-role-system { --cr-this: var(--cr-system); }
.cr-role-tool { --cr-this: var(--cr-tool); }
.cr-role-template { --cr-this: var(--cr-template); }
.cr-role-bos { --cr-this: var(--cr-bos); }
.cr-share { fill: var(--cr-this); stroke: var(--cr-paper); stroke-width: 1; }
.cr-share-text { fill: var(--cr-paper); font-size: 10.5px; font-weight: 600; paint-order: stroke; stroke: var(--cr-this); stroke-width: 3px; pointer-events: none; }
.cr-share-plate { fill: var(--cr-this); }
.cr-share.cr-share-thin { stroke: none; shape-rendering: crispEdges; }
.cr-role-line { stroke: var(--cr-this); stroke-width: 3; }
.cr-role-context .cr-role-line { stroke-width: 1; }
.cr-role-template .cr-role-line { stroke-dasharray: 3 3; }
.cr-heat-cell { fill: var(--cr-heat); }
.cr-heat-text { font-size: 10px; }
.cr-stripe { fill: var(--cr-paper); fill-opacity: 0.45; }
.cr-heat-ground { fill: none; stroke: var(--cr-line); }
.cr-heat-chosen { fill: none; stroke: var(--cr-ink); stroke-width: 2; }
.cr-heat-picked { fill: var(--cr-ink); stroke: var(--cr-paper); stroke-width: 1.5; }
.cr-table-line { stroke: var(--cr-line); }
.cr-bar-positive { fill: var(--cr-positive); }
.cr-bar-negative { fill: var(--cr-negative); }
.cr-bar-heat { fill: var(--cr-heat); fill-opacity: 0.75; }
.cr-harm-area { fill: var(--cr-negative); fill-opacity: 0.14; }
.cr-harm-line { stroke: var(--cr-negative); stroke-width: 1.5; stroke-dasharray: 5 3; }
.cr-curve { fill: none; stroke: var(--cr-context-critical); stroke-width: 2; }
.cr-point { fill: var(--cr-context-critical); stroke: var(--cr-paper); stroke-width: 1.5; }
.cr-strong { font-weight: 600; }
@media (forced-colors: active) {
  .cr-label { fill: CanvasText; }
  .cr-mark, .cr-bar, .cr-bar-flagged, .cr-token-box { fill: Canvas; stroke: CanvasText; }
  .cr-cut-line, .cr-t90-line, .cr-axis-line, .cr-curve { stroke: CanvasText; }
  .cr-heat-ground { stroke: GrayText; }
  .cr-heat-chosen { stroke: Highlight; }
  .cr-heat-picked { fill: CanvasText; stroke: Canvas; }
}`;

/** For hosts with themes of their own: the colours of either kind, and the rules that use them. */
export const figureColours = { light, dark };
export const figureRules = rules;

/** The style sheet that every page with figures needs once; `root` is the selector that carries the colours. */
export function figureStyle(root = ":root"): string {
  return `${root} { color-scheme: light dark;${light}\n}\n@media (prefers-color-scheme: dark) {\n${root} {${dark}\n}\n}${rules}\n`;
}
