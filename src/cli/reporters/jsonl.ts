import type { Audit } from "../../report/audit.ts";
import { rowRecords } from "../rowRecord.ts";

/** One JSON object per row and line, files one after the other. */
export function* jsonlReport(audit: Audit, withIfd: boolean): Generator<string> {
  for (const file of audit.files) {
    for (const record of rowRecords(file, withIfd)) yield `${JSON.stringify(record)}\n`;
  }
}
