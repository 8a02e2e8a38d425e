// ui/session: a session as VS Code's terminal: what it types goes to the shell, what the shell writes is shown.

import * as vscode from 'vscode';
import { systemClock } from '../../../base/clock.ts';
import { DisposableStore } from '../../../base/disposable.ts';
import { printTarget } from '../../../session/directive.ts';
import type { SessionTarget } from '../../../session/sessionEvents.ts';
import { SmtpClient } from '../../../smtp/client.ts';
import { withoutFaint } from './colors.ts';
import { SessionShell } from './shell.ts';
import type { ShellPorts } from './shellPorts.ts';

export type SessionTerminalPorts = Omit<ShellPorts, 'connect' | 'clock' | 'l10n' | 'write' | 'onDidConnectTo' | 'onDidEnd'> & {
  readonly onDidConnectTo: (target: SessionTarget) => void;
  readonly onDidClose: (terminal: SessionTerminal) => void;
};

export interface SessionStart {
  readonly target: SessionTarget;
  /** Played when the server has greeted. */
  readonly play?: { readonly text: string; readonly path: string; readonly index: number };
}

export class SessionTerminal implements vscode.Pseudoterminal {
  readonly onDidWrite: vscode.Event<string>;
  readonly onDidClose: vscode.Event<void>;
  readonly onDidChangeName: vscode.Event<string>;
  /** The caught mails of this session: what is printed of them to what is opened. */
  readonly mails = new Map<string, string>();
  readonly shell: SessionShell;
  readonly name: string;
  private readonly start: SessionStart;
  private readonly owned = new DisposableStore();
  private readonly ports: SessionTerminalPorts;
  private isClosed = false;

  constructor(start: SessionStart, ports: SessionTerminalPorts) {
    const writes = this.owned.add(new vscode.EventEmitter<string>());
    const closes = this.owned.add(new vscode.EventEmitter<void>());
    const names = this.owned.add(new vscode.EventEmitter<string>());
    this.onDidWrite = writes.event;
    this.onDidClose = closes.event;
    this.onDidChangeName = names.event;
    this.start = start;
    this.ports = ports;
    this.name = printTarget(start.target);
    this.shell = this.owned.add(
      new SessionShell({
        ...ports,
        connect: (options) => SmtpClient.connect(options),
        clock: systemClock,
        l10n: vscode.l10n,
        write: (text) => writes.fire(isHighContrast() ? withoutFaint(text) : text),
        onDidConnectTo: (target) => {
          names.fire(printTarget(target));
          ports.onDidConnectTo(target);
        },
        onDidEnd: () => {
          closes.fire();
          this.close();
        },
      }),
    );
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    if (dimensions) this.setDimensions(dimensions);
    const { target, play } = this.start;
    void this.shell.run(target, async () => {
      if (play) await this.shell.play(play.text, play.path, play.index);
    });
  }

  /** VS Code calls it for a terminal that the person closes, not for one that ends by itself. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.ports.onDidClose(this);
    this.owned.dispose();
  }

  handleInput(data: string): void {
    this.shell.type(data);
  }

  setDimensions({ columns, rows }: vscode.TerminalDimensions): void {
    this.shell.resize(columns, rows);
  }
}

/** Asked for each text: the person may change the theme at any time. */
function isHighContrast(): boolean {
  const { kind } = vscode.window.activeColorTheme;
  return kind === vscode.ColorThemeKind.HighContrast || kind === vscode.ColorThemeKind.HighContrastLight;
}
