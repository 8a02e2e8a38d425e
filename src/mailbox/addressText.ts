// mailbox: addresses in one column, so that a summary needs one row and LIKE finds nothing in them but what a person can see.
import type { MailAddress } from '../protocol/engine.ts';

export function encodeAddresses(addresses: readonly MailAddress[]): string {
  return addresses.map(({ name, address }) => `${plain(name)}\t${plain(address)}`).join('\n');
}

export function decodeAddresses(text: string): readonly MailAddress[] {
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const [name = '', address = ''] = line.split('\t');
    return { name, address };
  });
}

function plain(text: string): string {
  return text.replace(/[\x00-\x1f]/g, ' ');
}
