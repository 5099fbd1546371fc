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
    {
      name: row.closed ? say("with context") : say("what the model expects"),
      side: "open",
      logProb: openLogProb,
      book: figures?.open ?? null,
    },
    ...(closedLogProb === null
      ? []
      : [{ name: say("without context"), side: "closed", logProb: closedLogProb, book: figures?.closed ?? null }]),
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
      {books.map(({ name, side, logProb, book }) => (
        <div class="book" key={name}>
          <h4>{name}</h4>
          <dl>
            <Pair name="log p" value={natsText(logProb)} id={`${side}LogProb`} />
            <Pair name="p" value={probabilityText(Math.exp(logProb))} id={`${side}Probability`} />
            {book && (
              <>
                <Pair name={say("rank")} value={count(rankOf(book, tokenIdx) ?? 0)} id={`${side}Rank`} />
                <Pair
                  name={say("entropy")}
                  value={(book.figures.entropies[tokenIdx] ?? Number.NaN).toFixed(2)}
                  id={`${side}Entropy`}
                />
              </>
            )}
          </dl>
          {book && <Choices choices={choicesAt(book, tokenIdx, tokenId)} />}
        </div>
      ))}
    </div>
  );
}

function Pair({ name, value, id }: { readonly name: string; readonly value: string; readonly id: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-number={id}>{value}</dd>
    </div>
  );
}

function Choices({ choices }: { readonly choices: readonly Choice[] }) {
  return (
    <ol class="choices">
      {choices.map(({ text, logProb, isTarget }, k) => (
        <li key={k} class={isTarget ? "target" : ""}>
          <bdi>{visibleTokenText(text).slice(0, 40)}</bdi>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${100 * Math.exp(logProb)}%` }} />
          </span>
          <span class="number">{probabilityText(Math.exp(logProb))}</span>
        </li>
      ))}
    </ol>
  );
}
