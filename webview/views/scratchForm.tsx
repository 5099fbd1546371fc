import { useEffect, useRef, useState } from "preact/hooks";
import type { MessageRole } from "../../src/core/role.ts";
import type { ScratchInput, ScratchMessage } from "../../src/protocol/lens.ts";
import type { Host } from "../host.ts";
import { movedSpan } from "../markedContext.ts";
import { say } from "../words.ts";

const roles: readonly MessageRole[] = ["system", "user", "assistant", "tool"];

interface ScratchFormProps {
  readonly host: Host;
  readonly input: ScratchInput;
  readonly busy: string | null;
  readonly problem: string | null;
}

/** Messages by role, typed by a person; a selected stretch of one can be marked as the context. */
export function ScratchForm({ host, input, busy, problem }: ScratchFormProps) {
  const [messages, setMessages] = useState<readonly ScratchMessage[]>(
    input.messages.length > 0 ? input.messages : [{ role: "user", text: "", context: null }],
  );
  const [answer, setAnswer] = useState(input.answer);
  const change = (i: number, message: ScratchMessage) => setMessages(messages.with(i, message));
  const form = useRef<HTMLFormElement>(null);
  // A new field is there to be typed into; it is the last one.
  useEffect(() => {
    [...(form.current?.querySelectorAll<HTMLTextAreaElement>("fieldset textarea") ?? [])].at(-1)?.focus();
  }, [messages.length]);
  const isEmpty = messages.every(({ text }) => text.trim() === "");
  return (
    <form
      ref={form}
      class="scratch"
      onSubmit={(event) => {
        event.preventDefault();
        host.send({ type: "scratch", input: { messages, answer } });
      }}
    >
      <h2>{say("A prompt to look at")}</h2>
      {messages.map((message, i) => (
        <MessageField
          key={i}
          message={message}
          onChange={(changed) => change(i, changed)}
          onRemove={messages.length > 1 ? () => setMessages(messages.toSpliced(i, 1)) : null}
        />
      ))}
      <p>
        <button
          type="button"
          data-control="add-message"
          onClick={() =>
            setMessages([
              ...messages,
              { role: messages.at(-1)?.role === "user" ? "assistant" : "user", text: "", context: null },
            ])
          }
        >
          {say("Add a message")}
        </button>
      </p>
      <label class="field">
        <span>{say("Answer (empty: the model's own greedy answer)")}</span>
        <textarea
          rows={2}
          dir="auto"
          data-control="answer"
          value={answer}
          onInput={({ currentTarget }) => setAnswer(currentTarget.value)}
        />
      </label>
      <p>
        <button type="submit" class="primary" data-control="look" disabled={isEmpty}>
          {say("Look")}
        </button>{" "}
        <span class="quiet" aria-live="polite">
          {busy}
        </span>
      </p>
      {problem && <p class="problem">{problem}</p>}
    </form>
  );
}

interface MessageFieldProps {
  readonly message: ScratchMessage;
  readonly onChange: (message: ScratchMessage) => void;
  readonly onRemove: (() => void) | null;
}

function MessageField({ message, onChange, onRemove }: MessageFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [isUnselected, setIsUnselected] = useState(false);
  const { role, text, context } = message;
  const mark = () => {
    const { selectionStart: start = 0, selectionEnd: end = 0 } = field.current ?? {};
    setIsUnselected(start === end);
    if (start < end) onChange({ ...message, context: { start, end } });
  };
  const unmark = () => {
    setIsUnselected(false);
    onChange({ ...message, context: null });
    field.current?.focus();
  };
  return (
    <fieldset>
      <legend>
        <select
          aria-label={say("Role")}
          value={role}
          onChange={({ currentTarget }) =>
            onChange({ ...message, role: roles.find((name) => name === currentTarget.value) ?? role })
          }
        >
          {roles.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </legend>
      <textarea
        ref={field}
        rows={4}
        dir="auto"
        data-control="message"
        aria-label={say("Words of the message")}
        value={text}
        onSelect={() => setIsUnselected(false)}
        onInput={({ currentTarget: { value } }) =>
          onChange({ ...message, text: value, context: context && movedSpan(context, text, value) })
        }
      />
      <p class="context-mark">
        <button type="button" data-control="mark-context" onClick={mark}>
          {say("Mark the selection as context")}
        </button>
        {onRemove && (
          <button type="button" onClick={onRemove}>
            {say("Remove the message")}
          </button>
        )}
        {context && (
          <>
            <span class="marked" data-number="context">
              {say("context:")} <bdi>{excerpt(text.slice(context.start, context.end))}</bdi>
            </span>
            <button type="button" data-control="unmark" onClick={unmark}>
              {say("Unmark")}
            </button>
          </>
        )}
        <span class="quiet" role="status">
          {isUnselected
            ? say("Nothing is selected: select the words of the context above first.")
            : context
              ? ""
              : say("no context marked")}
        </span>
      </p>
    </fieldset>
  );
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 100 ? `${line.slice(0, 60)} … ${line.slice(-30)}` : line;
}
