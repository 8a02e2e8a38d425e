// ui/session: enters what a snippet says, line after line, as a person would.
import type { InteractiveSession } from '../../../session/interactive.ts';
import type { ScriptEntry } from './scriptLines.ts';

/** How many were not sent: the connection ended, the server does not want the message, or the signal came. */
export async function enterEntries(
  entries: readonly ScriptEntry[],
  session: InteractiveSession,
  { sendFile, signal }: { readonly sendFile: (path: string) => Promise<void>; readonly signal: AbortSignal },
): Promise<number> {
  for (const [index, entry] of entries.entries()) {
    const { kind } = session.mode;
    // A message that the server does not want would be taken for commands.
    const isUnwanted = (entry.kind === 'file' || (entry.kind === 'line' && entry.isData)) && kind !== 'data';
    if (kind === 'closed' || isUnwanted || signal.aborted) return entries.length - index;
    if (entry.kind === 'line') await session.enter(entry.text, false);
    else if (entry.kind === 'file') await sendFile(entry.path);
    else await session.sendOctets(entry.octets, entry.escaped);
  }
  return 0;
}
