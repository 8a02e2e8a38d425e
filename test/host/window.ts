// For the host tests: the extension in this window, and small things that several of them do.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import type { Severity } from '../../src/ui/dialogs.ts';
import type { MailNode, Node } from '../../src/ui/inbox/nodes.ts';

export async function activate(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi>('mailroom.mailroom');
  assert.ok(extension, 'the extension is installed');
  return extension.activate();
}

/** Asks until the answer is true. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string, limit = 15_000): Promise<void> {
  for (const end = Date.now() + limit; !(await isTrue()); await delay(20))
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
}

export interface ChangedSettings {
  set(id: string, value: unknown): Promise<void>;
  /** Puts back what was, of all or of some. */
  restore(ids?: readonly string[]): Promise<void>;
}

/** User settings for tests. A write takes VS Code a fifth of a second, so nothing is written twice. */
export function createSettings(): ChangedSettings {
  const before = new Map<string, unknown>();
  const current = (id: string): unknown => vscode.workspace.getConfiguration().inspect(id)?.globalValue;
  const update = async (id: string, value: unknown): Promise<void> => {
    if (value !== current(id)) await vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
  };
  return {
    async set(id, value) {
      if (!before.has(id)) before.set(id, current(id));
      await update(id, value);
    },
    async restore(ids = [...before.keys()]) {
      for (const id of ids) if (before.has(id)) await update(id, before.get(id));
    },
  };
}

export interface Asked {
  readonly severity: Severity;
  readonly text: string;
  readonly isModal: boolean;
  readonly actions: readonly string[];
}

/** Answers messages with `choose` (undefined closes them) and keeps what was asked. */
export function answerMessages(api: TestApi, choose: (asked: Asked) => string | undefined): Asked[] {
  const all: Asked[] = [];
  api.answer({
    message: async (severity, text, options, ...actions) => {
      const asked = { severity, text, isModal: options.modal ?? false, actions };
      all.push(asked);
      return choose(asked);
    },
  });
  return all;
}

export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'mailroom-host-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}

export interface MailToWrite {
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
}

export function messageOf({ subject, from = 'app@sender.test', to = 'you@example.test', text = 'Hello' }: MailToWrite): string {
  const fields = [`From: ${from}`, `To: ${to}`, ...(subject === undefined ? [] : [`Subject: ${subject}`])];
  return [...fields, '', text, ''].join('\r\n');
}

export async function writeMail(folder: string, name: string, mail: MailToWrite): Promise<void> {
  await writeFile(join(folder, name), messageOf(mail));
}

/** The greeting of whoever listens, or null when nobody does. */
export function greetingOf(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(null));
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
  });
}

/** A program that is no mailroom; port 0 takes a free one. */
export function listenAsStranger(port = 0): Promise<Server & { readonly port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end('I am something else\r\n'));
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(Object.assign(server, { port: typeof address === 'object' && address ? address.port : 0 }));
    });
  });
}

export async function freePort(): Promise<number> {
  const server = await listenAsStranger();
  const { port } = server;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** All rows that are shown, group after group. */
export async function rowsOf(api: TestApi): Promise<MailNode[]> {
  const { tree } = api.inbox;
  const rows: MailNode[] = [];
  const visit = async (nodes: readonly Node[]): Promise<void> => {
    for (const node of nodes) {
      if (node.kind === 'mail') rows.push(node);
      else if (node.kind === 'list') await visit(await tree.getChildren(node));
    }
  };
  await visit(await tree.getChildren());
  return rows;
}

export async function rowWith(api: TestApi, subject: string): Promise<MailNode> {
  let found: MailNode | undefined;
  await until(async () => {
    found = (await rowsOf(api)).find((row) => row.mail.subject === subject);
    return found !== undefined;
  }, `the row of "${subject}"`);
  return found!;
}

/** Chooses the entry of the open quick pick that comes `steps` below the first. */
export async function choose(steps: number): Promise<void> {
  // The list is drawn a moment after the command has begun.
  await delay(400);
  for (let step = 0; step < steps; step++) await vscode.commands.executeCommand('workbench.action.quickOpenSelectNext');
  await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
}
