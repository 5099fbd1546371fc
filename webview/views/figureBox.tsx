import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { TableCell } from "../../src/figure/figureTable.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensFigure } from "../figures/lensFigure.ts";
import { useWidth } from "../lensContext.ts";
import { say } from "../words.ts";
import { SaveButtons } from "./saveButtons.tsx";
import { svgView } from "./svgView.tsx";

interface FigureBoxProps {
  readonly figure: LensFigure;
  /** Shown in place of the drawn figure, where it is more than a picture. */
  readonly children?: ComponentChildren;
  readonly isPending?: boolean;
  /** False where the note stands already; it is saved with the figure all the same. */
  readonly hasNote?: boolean;
}

const mostTableRows = 5000;

/** A figure with its title, its table twin, its note and the ways to take it along. */
export function FigureBox({ figure, children, isPending = false, hasNote = true }: FigureBoxProps) {
  const [isTable, setIsTable] = useState(false);
  const [ref, widthPx] = useWidth<HTMLDivElement>();
  const id = useId().replaceAll(":", "");
  return (
    <figure class={isPending ? "box pending" : "box"} aria-busy={isPending} data-figure={figure.name}>
      <figcaption>
        <h3>{figure.title}</h3>
        <div class="tools" role="toolbar" aria-label={say("Take along: {title}", { title: figure.title })}>
          <button type="button" aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
            {say("Table")}
          </button>
          <SaveButtons figure={figure} />
        </div>
      </figcaption>
      <div ref={ref} class="figure">
        {isTable ? (
          <TableView figure={figure} />
        ) : (
          (children ?? (widthPx > 0 && svgView(figure.draw({ id: `f${id}`, widthPx: Math.max(240, widthPx) }))))
        )}
      </div>
      {hasNote && figure.note && <p class="note">{figure.note}</p>}
    </figure>
  );
}

/** The numbers of a figure for whoever would rather read them. */
function TableView({ figure: { title, table } }: { readonly figure: LensFigure }) {
  const { columns, rows } = table();
  const digits = columns.map((_, column) => columnDigits(rows.map((cells) => cells[column] ?? null)));
  const nHidden = Math.max(0, rows.length - mostTableRows);
  return (
    <section class="table" aria-label={title}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, mostTableRows).map((cells, i) => (
            <tr key={i}>
              {cells.map((cell, column) => (
                <td key={columns[column]} class={typeof cell === "number" ? "number" : ""} dir="auto">
                  {cellText(cell, digits[column] ?? mostDigits)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {nHidden > 0 && <p class="note">{say("{count} more rows are in the CSV file.", { count: nHidden })}</p>}
    </section>
  );
}

const mostDigits = 4;

/** As many decimals as the numbers of a column need, at most four. */
function columnDigits(cells: readonly TableCell[]): number {
  const numbers = cells.filter((cell) => typeof cell === "number" && Number.isFinite(cell)) as number[];
  const isEnough = (digits: number) => numbers.every((cell) => Math.abs(cell - Number(cell.toFixed(digits))) < 1e-9);
  return [0, 1, 2, 3].find(isEnough) ?? mostDigits;
}

/** Numbers of a column have as many digits, so that they stand below each other; signs are minus signs. */
function cellText(cell: TableCell, digits: number): string {
  if (cell === null) return "–";
  if (typeof cell === "string") return visibleTokenText(cell).slice(0, 500);
  if (!Number.isFinite(cell)) return "–";
  const isTiny = cell !== 0 && Math.abs(cell) < 0.5 * 10 ** -digits;
  return (isTiny ? cell.toExponential(2) : cell.toFixed(digits)).replaceAll("-", "−");
}
