// ui/session: what a session's shell needs of the world around it.
import type { SessionPorts } from '../../../session/interactive.ts';
import type { SessionTarget } from '../../../session/sessionEvents.ts';
import type { Localizer } from '../../l10n.ts';
import type { Completer } from './completion.ts';
import type { RenderOptions } from './render.ts';

export interface ShellPorts extends SessionPorts {
  readonly l10n: Localizer;
  readonly write: (text: string) => void;
  readonly history: { read(): readonly string[]; write(lines: readonly string[]): void };
  readonly completer: Completer;
  readonly explain: RenderOptions['explain'];
  /** What a code means, "550" or "4.7.1"; null: it is none. */
  readonly explainCode: (code: string) => readonly string[] | null;
  /** Lets the person choose a file; undefined: none. */
  readonly chooseFile: (kind: 'eml' | 'smtp') => Promise<string | undefined>;
  /** An absolute path of what the person wrote. */
  readonly resolvePath: (path: string) => string;
  readonly save: (script: string) => Promise<void>;
  /** Begins a check of a server, or its test for open relay, whose report opens elsewhere. */
  readonly check: (kind: CheckKind, target: SessionTarget) => void;
  readonly onDidConnectTo: (target: SessionTarget) => void;
  /** A mail was accepted; its reply may name it. The lines that come back are printed. */
  readonly onDidSend: (text: string, target: SessionTarget) => Promise<readonly string[]>;
  /** The session is over; called once. */
  readonly onDidEnd: () => void;
}

export type CheckKind = 'server' | 'relay';
