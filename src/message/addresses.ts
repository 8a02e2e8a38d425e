// message: address fields (RFC 5322 section 3.4) as lists of names and addresses.
import addressparser from 'nodemailer/lib/addressparser';
import type { MailAddress } from '../protocol/engine.ts';
import { decodeWords, fieldText, type Header } from './header.ts';
import { maxAddresses, maxAddressOctets } from './limits.ts';

const encodedWord = /=\?[^?\s]+\?[BbQq]\?[^?]*\?=/g;
/** Stands for an encoded word while the addresses are parsed: private characters, which are part of an atom. */
const placeholder = /\uE000(\d+)\uE001/g;

/**
 * All addresses of the fields of that name (lower case), groups replaced by their members; an empty group ("undisclosed-recipients:;")
 * stays as a name without address. Addresses are as sent: encoded words in them are not decoded (RFC 2047 section 5 forbids them
 * there), domains stay in the A-label form in which they were written.
 */
export function readAddresses(bytes: Buffer, header: Header, name: string): MailAddress[] {
  const found: MailAddress[] = [];
  for (const field of header.fields) {
    if (field.name.length !== name.length || field.name.toLowerCase() !== name) continue;
    for (const address of parseAddresses(fieldText(bytes, field, maxAddressOctets))) {
      if (found.length >= maxAddresses) return found;
      found.push(address);
    }
  }
  return found;
}

function parseAddresses(text: string): MailAddress[] {
  // An encoded word is one atom, whatever it holds: "=?utf-8?Q?Bank_<a@bank.test>?= <b@evil.test>" is an address at evil.test. So the
  // words are taken out before the parse, and decoded after it.
  const words: string[] = [];
  const parsed = addressparser(text.replace(encodedWord, (word) => `\uE000${words.push(word) - 1}\uE001`));
  const restore = (value: string): string => value.replace(placeholder, (mark, index: string) => words[Number(index)] ?? mark);
  const plain = (entry: { readonly name?: string; readonly address?: string | undefined }): MailAddress => ({
    name: decodeWords(restore(entry.name ?? '')),
    address: restore(entry.address ?? ''),
  });
  return parsed.flatMap((entry) => (entry.group && entry.group.length > 0 ? entry.group.map(plain) : [plain(entry)]));
}
