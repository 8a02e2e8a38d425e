// ui/session: {{host}} and {{port}} where a conversation does not define them: the Mailroom server of this window. Without `vscode`.
import type { ServerState } from '../../../protocol/engine.ts';

/** Addresses that mean every address of this machine, and the one of them to which one connects. */
const anyAddress: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', localhost: '127.0.0.1' };

/** `host` is the setting; `port` that of the running server, else of the settings. */
export function serverVariables(state: ServerState, host: string, port: number): Readonly<Record<'host' | 'port', string>> {
  const address = (state.kind === 'listening' ? state.addresses[0] : undefined) ?? host;
  return { host: anyAddress[address] ?? address, port: String(port) };
}
