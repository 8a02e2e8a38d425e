// webview: the page's only way to the extension, and what it remembers while it is hidden.
import type { FromViewer, ViewerTab } from '../protocol/viewer.ts';
import type { ViewerStrings } from '../protocol/viewerStrings.ts';

export const widths = ['320', '375', '600', 'full'] as const;
export type Width = (typeof widths)[number];

export interface ViewerState {
  /** null: not chosen by the user yet, so the mail decides. */
  readonly tab: ViewerTab | null;
  readonly width: Width;
  /** 1 is 100 percent. */
  readonly zoom: number;
  readonly isDark: boolean;
  readonly areImagesOff: boolean;
  readonly isWrapped: boolean;
  readonly headerForm: 'decoded' | 'raw';
}

const initialState: ViewerState = {
  tab: null,
  width: '600',
  zoom: 1,
  isDark: false,
  areImagesOff: false,
  isWrapped: true,
  headerForm: 'decoded',
};

interface VsCodeApi {
  postMessage(message: FromViewer): void;
  getState(): ViewerState | undefined;
  setState(state: ViewerState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** What the parts of the page are given. */
export interface Host {
  readonly strings: ViewerStrings;
  post(message: FromViewer): void;
  state(): ViewerState;
  remember(change: Partial<ViewerState>): void;
}

export function connectHost(): Host {
  const api = acquireVsCodeApi();
  let state: ViewerState = { ...initialState, ...api.getState() };
  return {
    strings: JSON.parse(document.body.dataset['strings'] ?? '{}') as ViewerStrings,
    post: (message) => api.postMessage(message),
    state: () => state,
    remember(change) {
      state = { ...state, ...change };
      api.setState(state);
    },
  };
}
