// message: what a list row and the search need of one mail. Runs once for every mail that arrives, so it
// decodes no more than that and stays off mailparser: 0.05 ms a mail against 0.3 ms.
import type { MailAddress } from '../protocol/engine.ts';
import type { Delivery } from '../smtp/delivery.ts';
import { maxRecipients, maxRowText, maxSearchOctets, maxSearchText } from './limits.ts';
import { addressesOf, dateOf, type Mail, outlineMail, subjectOf } from './outline.ts';
import { findShownFiles } from './references.ts';
import { textOf } from './tolerant.ts';
import { wordsOfHtml } from './words.ts';

export interface MailDigest {
  /** Decoded, bounded; null: no Subject field. */
  readonly subject: string | null;
  /** First address of From, or the reverse-path. */
  readonly from: MailAddress | null;
  /** To and Cc of the header, then envelope recipients that are in neither, bounded to 50. */
  readonly to: readonly MailAddress[];
  /** Date field: milliseconds since the epoch, or null. */
  readonly date: number | null;
  /** Files of the mail that are not shown inside its HTML. */
  readonly attachments: number;
  /** Subject, addresses, body and names of attachments, one a line or more; at most 64 Ki characters. */
  readonly searchText: string;
  /** Why the mail could not be read wholly, in English; null: fine. */
  readonly problem: string | null;
}

/** Never rejects: what cannot be read is left out and named in `problem`. */
export async function digestMail(bytes: Uint8Array, delivery: Delivery | null): Promise<MailDigest> {
  const mail = outlineMail(bytes);
  const subject = subjectOf(mail)?.slice(0, maxRowText) ?? null;
  const from = addressesOf(mail, 'from');
  const recipients = [...addressesOf(mail, 'to'), ...addressesOf(mail, 'cc')];
  const others = [...addressesOf(mail, 'bcc'), ...addressesOf(mail, 'reply-to')];
  const known = new Set(recipients.map(({ address }) => address.toLowerCase()));
  const hidden = (delivery?.envelope.to ?? [])
    .filter(({ address }) => !known.has(address.toLowerCase()))
    .map(({ address }) => ({ name: '', address }));
  const reversePath = delivery?.envelope.from?.address;
  const sender = from[0] ?? (reversePath ? { name: '', address: reversePath } : null);
  const shown = findShownFiles(mail);
  const named = [...from, ...recipients, ...others, ...hidden].map(({ name, address }) => (name === '' ? address : `${name} ${address}`));
  const searchText = [subject ?? '', ...named, reversePath ?? '', ...mail.files.map(({ fileName }) => fileName), bodyWords(mail)];
  return {
    subject,
    from: sender ? bounded(sender) : null,
    to: [...recipients, ...hidden].slice(0, maxRecipients).map(bounded),
    date: dateOf(mail),
    attachments: mail.files.length - shown.size,
    searchText: searchText
      .filter((text) => text !== '')
      .join('\n')
      .slice(0, maxSearchText),
    problem: mail.problem,
  };
}

/** The text parts, else the words of the HTML parts. */
function bodyWords(mail: Mail): string {
  const words: string[] = [];
  let length = 0;
  for (const text of mail.texts) {
    if (length >= maxSearchText) break;
    words.push(textOf(mail, text, maxSearchOctets));
    length += words.at(-1)?.length ?? 0;
  }
  if (length > 0) return words.join('\n');
  for (const html of mail.htmls) {
    if (length >= maxSearchText) break;
    words.push(wordsOfHtml(textOf(mail, html, maxSearchOctets), maxSearchText));
    length += words.at(-1)?.length ?? 0;
  }
  return words.join('\n');
}

function bounded({ name, address }: MailAddress): MailAddress {
  return { name: name.slice(0, maxRowText), address: address.slice(0, maxRowText) };
}
