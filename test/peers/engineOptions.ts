// peers: the engine's options for tests and benchmarks that keep every mail and listen on any free port.
import type { MailboxOptions, ServerOptions } from '../../src/protocol/engine.ts';

export function mailboxOptions(dropFolder: string, indexFile: string): MailboxOptions {
  return { dropFolder, indexFile, maxMessages: 0, maxAge: 0, utcOffset: 0 };
}

export function serverOptions(port: number): ServerOptions {
  return { host: '127.0.0.1', port, maxMessageSize: 50 * 1024 * 1024, maxRecipients: 100, maxConnections: 100, idleTimeout: 60_000 };
}
