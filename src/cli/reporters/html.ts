import type { Audit, CloseUp } from "../../report/audit.ts";
import { auditReport } from "../../report/auditReport.ts";

/** The report page, in one piece. */
export function* htmlReport(audit: Audit, closeUps: readonly (readonly CloseUp[])[]): Generator<string> {
  yield auditReport(audit, closeUps);
}
