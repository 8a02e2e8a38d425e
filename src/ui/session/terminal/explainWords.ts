// ui/session: which of the sentences about a reply a session prints below it.
import type { SessionEvent } from '../../../session/sessionEvents.ts';
import { explainCode, explainReply } from '../../../smtp/explain.ts';
import type { Localizer } from '../../l10n.ts';

export interface Surroundings {
  /** The host that was connected to. */
  readonly server: string;
  readonly isEncrypted: boolean;
}

/** What is obvious is left out; where something is to be read is told only by /explain. */
export function explainInSession(
  { reply, command, decoded }: Extract<SessionEvent, { kind: 'reply' }>,
  { server, isEncrypted }: Surroundings,
  l10n: Localizer,
): readonly string[] {
  const words = explainReply(reply, { command: command === '' ? null : command, server, isEncrypted });
  const detail = reply.problems.length > 0 ? (words?.detail ?? []) : [];
  return [...(words ? [words.summary] : []), ...detail, ...(words?.advice ?? []), ...hints(reply.code, command, decoded, l10n)];
}

/** What the person has to know to go on. */
function hints(code: number | null, command: string | null, decoded: string | null, l10n: Localizer): string[] {
  if (code === 354) return [l10n.t('Now the message. A line with a single dot ends it; leading dots are sent as typed.')];
  if (code === 334 && decoded !== null) return [l10n.t('Answer in base64, or with * to give up. /auth does all of it for you.')];
  if (code === 220 && command?.trim().toUpperCase() === 'STARTTLS') return [l10n.t('After the handshake EHLO is due again.')];
  return [];
}

/** For /explain; null: no code. */
export function explainForHelp(code: string): readonly string[] | null {
  const words = explainCode(code);
  return words && [words.summary, ...words.advice, ...words.detail];
}
