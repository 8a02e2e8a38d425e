// ui/session: a snippet of several lines, made for .smtp files, as what a person would enter for it.

import { parseEscapes } from '../../../session/octets.ts';
import { parseScript } from '../../../session/parse.ts';
import { directiveOf } from '../../../session/script.ts';
import { fill, type VariableScope } from '../../../session/variables.ts';

export type ScriptEntry =
  | { readonly kind: 'line'; readonly text: string; readonly isData: boolean }
  /** Sent as they are. */
  | { readonly kind: 'octets'; readonly octets: Uint8Array; readonly escaped: string }
  /** Is sent as the message. */
  | { readonly kind: 'file'; readonly path: string };

/** Expectations and comments are left out: a person reads the answers. */
export function scriptEntries(text: string, given: Readonly<Record<string, string>>, now: number): readonly ScriptEntry[] {
  const scope: VariableScope = { captures: new Map(), defined: new Map(), given, environment: {}, now: () => now };
  const entries: ScriptEntry[] = [];
  /** The lines of a group that is sent at once. */
  let group: string[] | undefined;
  const endGroup = (): void => {
    if (group)
      entries.push({
        kind: 'octets',
        octets: Buffer.from(group.map((line) => `${line}\r\n`).join('')),
        escaped: `${group.join('\\r\\n')}\\r\\n`,
      });
    group = undefined;
  };
  for (const line of parseScript(text).lines) {
    if (line.kind === 'data') entries.push({ kind: 'line', text: fill(line.content, scope, 'keep'), isData: true });
    else if (line.kind === 'client') {
      const content = fill(line.content, scope, 'keep');
      if (group) group.push(content);
      else entries.push({ kind: 'line', text: content, isData: false });
    } else if (directiveOf(line, 'pipeline')) group = [];
    else if (line.kind === 'blank' || directiveOf(line, 'end')) endGroup();
    const bytes = directiveOf(line, 'bytes')?.escaped;
    if (bytes !== undefined) entries.push({ kind: 'octets', octets: parseEscapes(bytes).octets, escaped: bytes });
    const path = directiveOf(line, 'data')?.path;
    if (path !== undefined) entries.push({ kind: 'file', path });
    const raw = directiveOf(line, 'send-raw')?.content;
    if (raw !== undefined) entries.push({ kind: 'octets', octets: Buffer.from(raw), escaped: raw });
  }
  endGroup();
  return entries;
}
