/** The numbers behind a figure as a table: what is read instead of looked at, and what is saved as CSV. */
export interface FigureTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
}

/** Null where there is no number. */
export type TableCell = string | number | null;

/**
 * A table as CSV by RFC 4180: UTF-8, CRLF, every text quoted, numbers in full precision. Text that a spreadsheet would
 * take for a formula keeps its first character behind an apostrophe.
 */
export function csvText({ columns, rows }: FigureTable): string {
  const lines = [columns, ...rows].map((cells) => cells.map(csvCell).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function csvCell(cell: TableCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return `"${text.toWellFormed().replaceAll('"', '""')}"`;
}
