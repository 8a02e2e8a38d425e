// webview: the envelope held against the header: which recipient no header names (a Bcc), and whether MAIL FROM is the author. No DOM.
import type { MailView } from '../protocol/viewer.ts';
import type { Path } from '../smtp/envelope.ts';

export interface Recipient {
  readonly path: Path;
  /** null: RCPT TO named it and no header does. */
  readonly header: 'to' | 'cc' | 'bcc' | null;
}

export function matchRecipients(mail: MailView): readonly Recipient[] {
  const headers = ['to', 'cc', 'bcc'] as const;
  // Local parts may differ in case (RFC 5321 section 2.4), but nobody means two people by that; a false "Bcc" would be worse.
  const named = headers.map((header) => ({ header, addresses: new Set(mail[header].map(({ address }) => address.toLowerCase())) }));
  return (mail.delivery?.envelope.to ?? []).map((path) => ({
    path,
    header: named.find(({ addresses }) => addresses.has(path.address.toLowerCase()))?.header ?? null,
  }));
}

/** False when nothing can be compared. */
export function isSenderDifferent(mail: MailView): boolean {
  const sender = mail.delivery?.envelope.from;
  if (!sender || mail.from.length === 0) return false;
  return !mail.from.some(({ address }) => address.toLowerCase() === sender.address.toLowerCase());
}
