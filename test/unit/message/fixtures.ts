// The mails of test/mail, and mails made on the spot.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { viewMail } from '../../../src/message/view.ts';
import type { MailView } from '../../../src/protocol/viewer.ts';

const folder = join(import.meta.dirname, '../../mail');

export const fixtureNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -4));

export function fixture(name: string): Buffer {
  return readFileSync(join(folder, `${name}.eml`));
}

export function view(bytes: Uint8Array): Promise<MailView> {
  return viewMail(bytes, { fileName: 'mail.eml', arrivedAt: null, delivery: null });
}

/** A mail from lines; CRLF is put between them. */
export function mail(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\r\n'));
}

/** Fails when the work takes 10 seconds: the largest of the hostile mails takes less than one, a quadratic step on it takes many minutes. */
export async function within<T>(work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  assert.ok(performance.now() - start < 10_000, 'takes too long');
  return result;
}
