// ui/checks: the checks are a bundle of their own (dist/checks.cjs), loaded when one is first asked for: what they need of other libraries would make
// every start of the extension slower.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export type ChecksBundle = typeof import('../../checks/bundle.ts');

export async function loadChecks(extensionPath: string): Promise<ChecksBundle> {
  return import(pathToFileURL(join(extensionPath, 'dist', 'checks.cjs')).href);
}
