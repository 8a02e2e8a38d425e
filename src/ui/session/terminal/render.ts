// ui/session: the lines that a session prints for what happens in it: marks in colour, what was said as it is, and beside or below it in the faint
// colour times and explanations. Marks and words say what the colours say.

import type { SessionEvent } from '../../../session/sessionEvents.ts';
import { printable } from '../../../smtp/printable.ts';
import type { Reply } from '../../../smtp/reply.ts';
import type { TlsFacts } from '../../../smtp/tlsFacts.ts';
import type { Localizer } from '../../l10n.ts';
import { colorOf, cyan, faint, red, yellow } from './colors.ts';
import { cutToWidth, displayWidth, wrapWords } from './displayWidth.ts';
import { describeConnection, describeEnd, describeFailure, describeTime, describeTls, describeTrust } from './words.ts';

export interface RenderOptions {
  readonly columns: number;
  readonly l10n: Localizer;
  /** Sentences that explain a reply; none for the obvious. */
  readonly explain: (reply: Extract<SessionEvent, { kind: 'reply' }>) => readonly string[];
}

export const clientMark = cyan('C:');
const timeColumn = 60;
const indent = '   ';
/** Explanations are no wider, whatever the terminal. */
const maxText = 84;
/** Of one reply; a server may send a thousand. */
const maxLines = 200;
/** Characters of one line. */
const maxLine = 1000;

/** Lines without line ends. */
export function renderEvent(event: SessionEvent, { columns, l10n, explain }: RenderOptions): string[] {
  const note = (text: string, color = faint): string[] => explanation(text, columns).map(color);
  switch (event.kind) {
    case 'connecting':
      return [faint(describeConnection(event, l10n))];
    case 'connected':
      return [faint(describeConnection(event, l10n)), ...trust(event.tls, columns, l10n)];
    case 'client': {
      const secret = event.isMasked ? note(l10n.t('secret, not shown and not kept')) : [];
      const decoded = event.decoded === null ? [] : note(l10n.t('decoded: {0}', event.decoded));
      return [...(event.isTyped ? [] : [`${promptOf(event.dataLine)} ${cutToWidth(event.text, maxLine)}`]), ...decoded, ...secret];
    }
    case 'octets':
      return [`${clientMark} ${faint(l10n.t('{0} octets of {1}', event.count, printable(event.from)))}`];
    case 'reply':
      return [
        ...renderReply(event.reply, l10n),
        ...(event.decoded === null ? [] : note(l10n.t('decoded: {0}', event.decoded))),
        ...(event.isUnasked ? note(l10n.t('Nobody asked for this reply.')) : []),
        ...explain(event).flatMap((sentence) => note(sentence)),
      ];
    case 'tls':
      return [
        ...note(l10n.t('TLS in {0}: {1}.', describeTime(event.ms), describeTls(event.facts, l10n))),
        ...trust(event.facts, columns, l10n),
      ];
    case 'waiting':
      return note(l10n.t('No answer for {0}. Still waiting; Ctrl+C stops that.', describeTime(event.ms)));
    case 'cancelled':
      return note(cancelled(event.what, describeTime(event.ms), l10n), yellow);
    case 'failed':
      return note(describeFailure(event.failure, l10n), red);
    case 'closed':
      return [faint(`${describeEnd(event, l10n)} ${l10n.t('/save keeps the session as .smtp, /connect connects again')}`)];
  }
}

/** What stands before a line of the client: typed or not, it looks the same. */
export function promptOf(dataLine: number | null): string {
  return dataLine === null ? clientMark : cyan(`DATA ${dataLine}>`);
}

function cancelled(what: 'connect' | 'reply' | 'send', time: string, l10n: Localizer): string {
  if (what === 'connect') return l10n.t('Connecting was cancelled after {0}.', time);
  if (what === 'send') return l10n.t('Sending was cancelled after {0}: part of it is gone, so the connection was closed.', time);
  return l10n.t('No longer waiting after {0}. The answer is shown when it comes.', time);
}

/** A reply with its time beside the last line. */
export function renderReply(reply: Reply, l10n: Localizer): string[] {
  const color = colorOf(reply.code);
  const left = reply.lines.length - maxLines;
  const shown = left > 0 ? [...reply.lines.slice(0, maxLines - 1), ...reply.lines.slice(-1)] : reply.lines;
  const lines = shown.map(({ code, separator, text }) => {
    const words = cutToWidth(printable(`${separator}${text}`), maxLine);
    return `${color(code === null ? 'S:' : `S: ${code}`)}${code === null ? ' ' : ''}${words}`;
  });
  const last = lines.pop() ?? color('S:');
  const gap = displayWidth(last) + 2 > timeColumn ? '  ' : ' '.repeat(timeColumn - displayWidth(last));
  if (left > 0) lines.push(indent + faint(l10n.t('… {0} more lines', left)));
  return [...lines, `${last}${gap}${faint(describeTime(reply.ms))}`];
}

function trust(facts: TlsFacts | null, columns: number, l10n: Localizer): string[] {
  return facts ? describeTrust(facts, l10n).flatMap((text) => explanation(text, columns).map(yellow)) : [];
}

/** Words of ours below a line of the conversation. */
export function explanation(text: string, columns: number): string[] {
  return wrapWords(printable(text), Math.max(20, Math.min(columns - 1, maxText + indent.length) - indent.length)).map(
    (line) => indent + line,
  );
}
