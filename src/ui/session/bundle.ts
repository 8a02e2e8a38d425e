// ui/session: sessions are a bundle of their own (dist/session.cjs): most windows never have one, and every start of the extension would be slower.
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type SessionBundle = typeof import('./parts.ts');

/** At once, and not later: what VS Code asks while a file is being opened must find an answer. */
export function loadSessionParts(extensionPath: string): SessionBundle {
  const file = join(extensionPath, 'dist', 'session.cjs');
  return createRequire(file)(file) as SessionBundle;
}
