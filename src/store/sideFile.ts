// store: the side file `<id>.json`, all that is known of a delivery besides its octets. Whoever can write into the folder can write one, so
// reading takes only the fields it knows, in the types it knows, and answers null for anything else.
import type { Conversation, ConversationLine, Peer } from '../smtp/conversation.ts';
import type { Delivery, DeliveryOutcome } from '../smtp/delivery.ts';
import type { Envelope, EsmtpParameters, Path } from '../smtp/envelope.ts';

const version = 1;
const outcomes: readonly DeliveryOutcome[] = ['accepted', 'refused', 'aborted'];
/** Octets; a longer side file is not read. */
export const maxSideFileSize = 16 * 1024 * 1024;

export function encodeSideFile(delivery: Delivery): string {
  return `${JSON.stringify({ version, delivery })}\n`;
}

/** Null: not a side file of a version that we know, or malformed. */
export function decodeSideFile(text: string): Delivery | null {
  try {
    const file = record(JSON.parse(text));
    return file['version'] === version ? delivery(file['delivery']) : null;
  } catch {
    return null;
  }
}

// Each reader below returns the value in its type or throws; decodeSideFile is the only way in.

function delivery(value: unknown): Delivery {
  const from = record(value);
  const outcome = outcomes.find((known) => known === from['outcome']);
  if (!outcome) throw new TypeError('outcome');
  return {
    outcome,
    reply: orNull(string)(from['reply']),
    receivedAt: time(from['receivedAt']),
    size: count(from['size']),
    octetsReceived: count(from['octetsReceived']),
    envelope: envelope(from['envelope']),
    tls: orNull(tls)(from['tls']),
    login: orNull(login)(from['login']),
    lineEndings: lineEndings(from['lineEndings']),
    dotsUnstuffed: count(from['dotsUnstuffed']),
    conversation: conversation(from['conversation']),
  };
}

function envelope(value: unknown): Envelope {
  const from = record(value);
  return { from: orNull(path)(from['from']), to: list(path)(from['to']) };
}

function path(value: unknown): Path {
  const from = record(value);
  return { address: string(from['address']), parameters: parameters(from['parameters']) };
}

function parameters(value: unknown): EsmtpParameters {
  // Object.fromEntries defines properties and never calls a setter: "__proto__" is a key like any other.
  return Object.fromEntries(Object.entries(record(value)).map(([keyword, given]) => [keyword, given === true ? true : string(given)]));
}

function tls(value: unknown): { readonly protocol: string; readonly cipher: string } {
  const from = record(value);
  return { protocol: string(from['protocol']), cipher: string(from['cipher']) };
}

function login(value: unknown): { readonly method: string; readonly username: string } {
  const from = record(value);
  return { method: string(from['method']), username: string(from['username']) };
}

function lineEndings(value: unknown): Delivery['lineEndings'] {
  const from = record(value);
  return { bareCr: count(from['bareCr']), bareLf: count(from['bareLf']), firstLine: orNull(count)(from['firstLine']) };
}

function conversation(value: unknown): Conversation {
  const from = record(value);
  return {
    startedAt: time(from['startedAt']),
    client: peer(from['client']),
    server: peer(from['server']),
    clientName: orNull(string)(from['clientName']),
    lines: list(line)(from['lines']),
    omitted: count(from['omitted']),
  };
}

function peer(value: unknown): Peer {
  const from = record(value);
  return { address: string(from['address']), port: count(from['port']) };
}

function line(value: unknown): ConversationLine {
  const from = record(value);
  const who = (['C', 'S', 'note'] as const).find((known) => known === from['who']);
  if (!who) throw new TypeError('who');
  return { at: number(from['at']), who, text: string(from['text']) };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('object');
  return value as Readonly<Record<string, unknown>>;
}

function list<T>(item: (value: unknown) => T): (value: unknown) => T[] {
  return (value) => {
    if (!Array.isArray(value)) throw new TypeError('list');
    return value.map((each: unknown) => item(each));
  };
}

function orNull<T>(item: (value: unknown) => T): (value: unknown) => T | null {
  return (value) => (value === null ? null : item(value));
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('string');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('number');
  return value;
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || number(value) < 0) throw new TypeError('count');
  return number(value);
}

function time(value: unknown): string {
  const text = string(value);
  if (Number.isNaN(Date.parse(text))) throw new TypeError('time');
  return text;
}
