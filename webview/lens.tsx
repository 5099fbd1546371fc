import { render } from "preact";
import { useEffect, useReducer, useRef } from "preact/hooks";
import { Host } from "./host.ts";
import { LensContext } from "./lensContext.ts";
import { keptState, lensState, restoredChoices, restoredState } from "./lensState.ts";
import { themeSheet } from "./themeStyle.ts";
import { AblationTab } from "./views/ablationTab.tsx";
import { AnswerStrip } from "./views/answerStrip.tsx";
import { DecodingTab } from "./views/decodingTab.tsx";
import { LedgerTab } from "./views/ledgerTab.tsx";
import { LensHeader } from "./views/lensHeader.tsx";
import { MethodsTab } from "./views/methodsTab.tsx";
import { NoRow } from "./views/noRow.tsx";
import { PatternTab } from "./views/patternTab.tsx";
import { PromptTab } from "./views/promptTab.tsx";
import { ScratchForm } from "./views/scratchForm.tsx";
import { SteeringTab } from "./views/steeringTab.tsx";
import { Tabs } from "./views/tabs.tsx";
import { VerdictCard } from "./views/verdictCard.tsx";
import { setWords } from "./words.ts";
import "./lens.css";

const host = new Host();

const parts = {
  prompt: PromptTab,
  ledger: LedgerTab,
  pattern: PatternTab,
  steering: SteeringTab,
  decoding: DecodingTab,
  ablation: AblationTab,
  methods: MethodsTab,
} as const;

function App() {
  const [state, dispatch] = useReducer(lensState, host.kept, restoredState);
  const answers = useRef<{ rowId: number; known: Map<string, unknown> }>({ rowId: 0, known: new Map() });
  const choices = useRef<Map<string, unknown> | null>(null);
  choices.current ??= restoredChoices(host.kept);
  const chosen = choices.current;
  const latest = useRef(state);
  latest.current = state;
  const keep = () => host.keep({ ...keptState(latest.current), choices: Object.fromEntries(chosen) });
  useEffect(() => {
    host.listen((notice) => {
      if (notice.type === "setup") setWords(notice.words, notice.locale);
      else dispatch(notice);
    });
  }, []);
  useEffect(() => {
    if (state.source) keep();
  }, [state.source, state.isFollowing, state.tab, state.heads, state.picked, state.headsOf]);
  const { row, source } = state;
  const fileName = row?.place.fileName ?? null;
  // Another file is read from its top; along the rows of one the part that is looked at stays in view.
  useEffect(() => window.scrollTo(0, 0), [fileName]);
  if (row && answers.current.rowId !== row.rowId) answers.current = { rowId: row.rowId, known: new Map() };
  if (source?.kind === "scratch" && (state.isTyping || !row))
    return <ScratchForm host={host} input={source.input} busy={state.busy} problem={state.problem} />;
  if (!row) return <NoRow state={state} />;
  const { known } = answers.current;
  const Part = parts[state.tab];
  return (
    <LensContext.Provider value={{ host, state, row, dispatch, answers: known, choices: chosen, keep }}>
      <LensHeader />
      <main>
        <VerdictCard />
        <AnswerStrip />
        <Tabs>
          <Part />
        </Tabs>
      </main>
    </LensContext.Provider>
  );
}

document.adoptedStyleSheets.push(themeSheet());
const root = document.getElementById("lens");
if (root) render(<App />, root);
