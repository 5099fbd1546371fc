import { type Choice, probabilityText } from "../../src/figure/choiceBars.ts";
import { natsText } from "../../src/figure/numberText.ts";
import { visibleTokenText } from "../../src/figure/tokenText.ts";
import type { LensAnswers } from "../../src/protocol/lens.ts";
import { answerTokens, choicesAt, rankOf } from "../figures/answerFigures.ts";
import { useLens } from "../lensContext.ts";
import { count, say } from "../words.ts";

interface TokenDetailProps {
  readonly tokenIdx: number;
  /** Null until they have come. */
  readonly figures: LensAnswers["row/figures"] | null;
}

/** Everything about one answer token: both log-probabilities and what the model would rather have said. */
export function TokenDetail({ tokenIdx, figures }: TokenDetailProps) {
  const { row } = useLens();
  const token = answerTokens(row)[tokenIdx];
  if (!token) return null;
  const { text, spelling, tokenId, openLogProb, closedLogProb, gain } = token;
  const books = [
    { name: say("with context"), logProb: openLogProb, book: figures?.open ?? null },
    ...(closedLogProb === null
      ? []
      : [{ name: say("without"), logProb: closedLogProb, book: figures?.closed ?? null }]),
  ];
  return (
    <div class="detail" aria-live="polite">
      <div class="word">
        <bdi class="token-word">{visibleTokenText(text).slice(0, 300)}</bdi>
        <span class="quiet">
          {say("token {place} of {total}", { place: tokenIdx + 1, total: row.open.logProbs.length })} · id {tokenId} ·{" "}
          <code>{visibleTokenText(spelling).slice(0, 60)}</code>
        </span>
        {gain !== null && (
          <span class="big-number" data-number="gain">
            {natsText(gain)} <span class="quiet">{say("nats gained")}</span>
          </span>
        )}
      </div>
      {books.map(({ name, logProb, book }) => (
        <div class="book" key={name}>
          <h4>{name}</h4>
          <dl>
            <dt>log p</dt>
            <dd data-number={book === figures?.closed ? "closed" : "open"}>{natsText(logProb)}</dd>
            <dt>p</dt>
            <dd>{probabilityText(Math.exp(logProb))}</dd>
            {book && (
              <>
                <dt>{say("rank")}</dt>
                <dd>{count(rankOf(book, tokenIdx) ?? 0)}</dd>
                <dt>{say("entropy")}</dt>
                <dd>{(book.figures.entropies[tokenIdx] ?? Number.NaN).toFixed(2)}</dd>
              </>
            )}
          </dl>
          {book && <Choices choices={choicesAt(book, tokenIdx, tokenId)} />}
        </div>
      ))}
    </div>
  );
}

function Choices({ choices }: { readonly choices: readonly Choice[] }) {
  return (
    <ol class="choices">
      {choices.map(({ text, logProb, isTarget }, k) => (
        <li key={k} class={isTarget ? "target" : ""}>
          <bdi>{visibleTokenText(text).slice(0, 40)}</bdi>
          <meter min={0} max={1} value={Math.exp(logProb)} aria-label={probabilityText(Math.exp(logProb))} />
          <span class="number">{probabilityText(Math.exp(logProb))}</span>
        </li>
      ))}
    </ol>
  );
}
