import type { Answer } from "../lensContext.ts";
import { say } from "../words.ts";

/** What stands where an answer has not come yet or will not come; nothing once it is there. */
export function Waiting({ answer }: { readonly answer: Answer<unknown> }) {
  if (answer.failure) return <p class="problem">{answer.failure}</p>;
  if (answer.value !== null) return null;
  return answer.isPending ? <p class="waiting quiet">{say("The model is being asked…")}</p> : null;
}
