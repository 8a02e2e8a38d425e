// Runs .smtp texts over the real client, mostly against our own server.
import { systemClock } from '../../../src/base/clock.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { type RunPorts, runConversation } from '../../../src/session/run.ts';
import type { RunResult } from '../../../src/session/runResult.ts';
import type { Script, ScriptConversation } from '../../../src/session/script.ts';
import { SmtpClient } from '../../../src/smtp/client.ts';

export function ports(variables: Record<string, string>, more: Partial<RunPorts> = {}): RunPorts {
  return {
    connect: (options) => SmtpClient.connect(options),
    readFile: (path) => Promise.reject(new Error(`There is no ${path}`)),
    clock: systemClock,
    timeout: 20_000,
    variables,
    ...more,
  };
}

/** The first conversation of a text that nothing is wrong with. */
export function conversationOf(text: string): ScriptConversation {
  const [conversation] = soundScript(text).conversations;
  if (!conversation) throw new Error('No conversation');
  return conversation;
}

export function soundScript(text: string): Script {
  const script = parseScript(text);
  const [diagnostic] = script.diagnostics;
  if (diagnostic) throw new Error(`Line ${diagnostic.range.line + 1}: ${diagnostic.message}`);
  return script;
}

export function runText(text: string, port: number, more: Partial<RunPorts> = {}): Promise<RunResult> {
  return runConversation(conversationOf(text), ports({ host: '127.0.0.1', port: String(port) }, more));
}

/** "7 failed: 250 2.1.5 Recipient OK", or the failure, or "passed": what a person would want to know first. */
export function sum({ status, lines, failure }: RunResult): string {
  const failed = lines.find((line) => line.status === 'failed')?.failure;
  if (failure) return `${status} in line ${failure.line + 1}: ${failure.reason}: ${failure.message}`;
  return failed ? `failed: expected ${failed.expected}, got ${failed.actual}` : status;
}
