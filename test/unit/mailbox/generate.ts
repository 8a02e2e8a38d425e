// Makes up a large drop folder, always the same one: words as frequent as in a language, a few hundred senders, three years of mail.
import type { FolderEntry } from '../../../src/store/folderState.ts';

export interface Generated {
  readonly entries: readonly FolderEntry[];
  /** The octets of a mail, made when they are asked for. */
  readonly read: (key: string) => Uint8Array;
  /** Words from the most to the least frequent. */
  readonly words: readonly string[];
}

/** `textLength` in characters. */
export function generate(count: number, textLength: number): Generated {
  const random = randomFrom(42);
  const words = Array.from({ length: 20_000 }, () => {
    const length = 2 + Math.floor(random() * 9);
    return Array.from({ length }, () => 'etaoinshrdlucmfwypvbgkjqxz'[Math.floor(random() * random() * 26)]).join('');
  });
  const start = Date.UTC(2024, 0, 1);
  const entries = Array.from({ length: count }, (_, number) => {
    const mtimeMs = start + number * 900_000;
    return { key: keyOf(mtimeMs, number), size: textLength + 200 + (number % 100), mtimeMs, isCaught: true };
  });
  const read = (key: string): Uint8Array => {
    const seed = Number.parseInt(key.slice(20, 27), 36);
    const own = randomFrom(seed);
    const word = (): string => words[Math.floor(words.length * own() ** 4)] ?? '';
    const line = (): string => Array.from({ length: 10 }, word).join(' ');
    const address = (role: string, most: number): string => `${role}${Math.floor(own() * most)}@example.com`;
    let text = '';
    while (text.length < textLength) text += `${line()}\r\n`;
    const head = `Subject: ${word()} ${word()} ${word()} ${word()} ${seed}\r\nFrom: ${address('sender', 300)}\r\nTo: ${address('user', 1000)}, ${address('team', 20)}\r\n`;
    return Buffer.from(`${head}Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`);
  };
  return { entries, read, words };
}

function keyOf(time: number, number: number): string {
  return `${new Date(time).toISOString().replace(/[-:.]/g, '')}-${number.toString(36).padStart(7, '0')}.eml`;
}

/** Numbers from 0 to below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
