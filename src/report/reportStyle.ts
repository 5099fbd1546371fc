import { figureStyle } from "../figure/figureStyle.ts";

const page = `
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 1020px; background: var(--cr-paper); color: var(--cr-ink);
  font: 15px/1.5 system-ui, "Segoe UI", sans-serif; overflow-wrap: break-word; }
h1 { margin: 0.2rem 0 0.6rem; font-size: clamp(1.5rem, 4.5vw, 2.3rem); line-height: 1.15; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 0 0 0.3rem; font-size: 1.35rem; }
h3 { margin: 2rem 0 0.5rem; font-size: 1.05rem; }
h4 { margin: 0 0 0.3rem; font-size: 0.95rem; }
p { margin: 0.4rem 0; max-width: 46rem; }
a { color: var(--cr-context-critical); }
code { font: 0.86em ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
section { margin-top: 3rem; padding-top: 1.6rem; border-top: 1px solid var(--cr-line); }
.kicker, .quiet, .note { color: var(--cr-quiet); }
.kicker { font-size: 0.85rem; font-weight: 600; letter-spacing: 0.02em; margin: 0; }
.note { font-size: 0.88rem; }
.lead { font-size: 1.05rem; }
.quiet { font-weight: 400; }
.figures { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem 2.5rem; margin-top: 1.5rem; }
.across { grid-column: 1 / -1; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figcaption { font-weight: 600; margin-bottom: 0.7rem; }
.narrow { display: none; }
.closeup { margin: 1rem 0; padding: 0.9rem 1rem; border: 1px solid var(--cr-line); border-radius: 8px; break-inside: avoid; }
.closeup p { margin: 0 0 0.6rem; }
.closeup details { font-size: 0.88rem; }
.scroll { overflow-x: auto; margin-top: 0.6rem; }
table { border-collapse: collapse; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
table.rows { width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.7rem 0.4rem 0; border-bottom: 1px solid var(--cr-line); }
thead th { vertical-align: bottom; font-weight: 600; color: var(--cr-quiet); line-height: 1.25; }
tbody th { font-weight: 500; }
.number, table.rows thead th:nth-last-child(-n + 5), table.files thead th:nth-last-child(-n + 5), details thead th:nth-last-child(-n + 3) { text-align: right; }
.number { white-space: nowrap; }
table.rows tbody th { padding-left: 0.6rem; border-left: 3px solid transparent; }
table.rows tr.flagged th { border-left-color: var(--cr-flagged); }
.verdict > span { display: block; white-space: nowrap; }
.verdict svg { vertical-align: -2px; margin-right: 0.35rem; }
.flag { color: var(--cr-flagged); font-weight: 600; }
.verdict .quiet { font-size: 0.92em; }
td.text { min-width: 13rem; width: 100%; }
td.text > * { display: block; overflow-wrap: anywhere; }
.answer { color: var(--cr-quiet); }
.answer::before { content: "→ "; }
.problem { color: var(--cr-unhelpful); }
.problems { border-left: 3px solid var(--cr-unhelpful); padding-left: 1rem; margin: 1rem 0; }
.problems h3 { margin: 0; }
.problems ul, section > ul { padding-left: 1.2rem; margin: 0.3rem 0; }
li { max-width: 46rem; margin: 0.25rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.2rem; margin: 0.5rem 0; font-size: 0.92rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 700px) {
  body { padding: 1.5rem 1rem 3rem; }
  .figures { grid-template-columns: minmax(0, 1fr); }
  .wide { display: none; }
  .narrow { display: block; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 0.6rem; }
  table.rows thead { display: none; }
  table.rows tr { display: block; padding: 0.6rem 0; border-bottom: 1px solid var(--cr-line); }
  table.rows tbody :is(th, td) { display: block; border-bottom: 0; padding: 0 0 0 0.7rem; }
  table.rows tr.flagged { border-left: 3px solid var(--cr-flagged); }
  table.rows tbody th { border-left: 0; }
  table.rows tbody th::before { content: "line "; }
  table.rows td.number { display: inline-block; font-size: 0.92em; }
  table.rows td.number::before { content: attr(data-name) " "; color: var(--cr-quiet); }
  .verdict > span { display: inline; margin-right: 0.8rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  thead { display: table-header-group; }
  tr, .problems { break-inside: avoid; }
  .scroll { overflow: visible; }
  details { display: none; }
  a { color: inherit; text-decoration: none; }
}`;

/** The page's style sheet with that of its figures, whose colours it shares. */
export function reportStyle(): string {
  return `${figureStyle()}${page}`;
}
