// webview: the report page's only way to the extension, and what it remembers while it is hidden.
import type { FromReport, Level, Question } from '../../protocol/report.ts';
import type { ReportStrings } from '../../protocol/reportStrings.ts';

export interface ReportState {
  /** Levels that are shown; none chosen shows all. */
  readonly filter: readonly Level[];
  /** Rows that the person opened or closed, by their key. */
  readonly open: Readonly<Record<string, boolean>>;
  /** With these two the tab comes back after the window was reloaded. */
  readonly question: Question | null;
  readonly hasEnded: boolean;
}

interface VsCodeApi {
  postMessage(message: FromReport): void;
  getState(): ReportState | undefined;
  setState(state: ReportState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** What the parts of the page are given. */
export interface ReportHost {
  readonly strings: ReportStrings;
  post(message: FromReport): void;
  state(): ReportState;
  remember(change: Partial<ReportState>): void;
}

export function connectReportHost(): ReportHost {
  const api = acquireVsCodeApi();
  let state: ReportState = { filter: [], open: {}, question: null, hasEnded: false, ...api.getState() };
  return {
    strings: JSON.parse(document.body.dataset['strings'] ?? '{}') as ReportStrings,
    post: (message) => api.postMessage(message),
    state: () => state,
    remember(change) {
      state = { ...state, ...change };
      api.setState(state);
    },
  };
}
