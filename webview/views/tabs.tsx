import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useLens } from "../lensContext.ts";
import { type TabName, tabNames } from "../lensState.ts";
import { markChosen, rovingTarget } from "../rovingFocus.ts";
import { say } from "../words.ts";

const titles: Readonly<Record<TabName, () => string>> = {
  prompt: () => say("Prompt"),
  ledger: () => say("Ledger"),
  pattern: () => say("Pattern"),
  steering: () => say("Steering"),
  decoding: () => say("Decoding"),
  ablation: () => say("Ablation"),
  methods: () => say("Methods"),
};

/** The parts below the answer, one at a time. */
export function Tabs({ children }: { readonly children: ComponentChildren }) {
  const { state, dispatch } = useLens();
  const list = useRef<HTMLDivElement>(null);
  const choose = (tab: TabName) => dispatch({ type: "tab", tab });
  return (
    <section class="parts">
      <div
        ref={list}
        class="tabs"
        role="tablist"
        aria-label={say("Parts of the lens")}
        onKeyDown={(event) => {
          const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
          const before = tabNames.indexOf(state.tab);
          const focused = tabs.indexOf(event.target as HTMLElement);
          const target = rovingTarget(tabs, focused, event.key, "ltr");
          const name = target === null ? undefined : tabNames[target];
          if (name === undefined || target === null) return;
          event.preventDefault();
          markChosen(tabs, before, target);
          choose(name);
          tabs[target]?.focus();
        }}
      >
        {tabNames.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === state.tab}
            aria-controls="part"
            tabIndex={name === state.tab ? 0 : -1}
            onClick={() => choose(name)}
          >
            {titles[name]()}
          </button>
        ))}
      </div>
      <div id="part" role="tabpanel" aria-labelledby={`tab-${state.tab}`}>
        {children}
      </div>
    </section>
  );
}
