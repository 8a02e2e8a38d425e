// webview: the pictures that a mail carries for its own HTML (cid:). Asked for one by one, kept as blob: addresses, given back when the mail goes.
import type { Part } from '../protocol/viewer.ts';

/** Octets of all pictures of one mail together; what lies beyond is not shown. */
const limit = 64 * 1024 * 1024;
/** Requests under way at once: the engine reads the mail for each. */
const atOnce = 4;

export interface InlineParts {
  /** The blob: address of a part, or null: not (yet) there, then `onArrival` is called once it is. */
  addressOf(contentId: string, onArrival: () => void): string | null;
  /** The extension's answer. */
  receive(part: number, bytes: Uint8Array<ArrayBuffer> | null): void;
  dispose(): void;
}

export function createInlineParts(parts: readonly Part[], request: (part: number) => void): InlineParts {
  const byContentId = new Map<string, Part>();
  for (const part of parts) {
    // Pictures only: nothing else has a place in img or url().
    if (part.contentId !== null && /^image\/[\w.+-]+$/.test(part.contentType)) byContentId.set(part.contentId, part);
  }
  const addresses = new Map<number, string>();
  const waiting = new Map<number, (() => void)[]>();
  const queue: number[] = [];
  let underWay = 0;
  let total = 0;

  const pump = (): void => {
    for (; underWay < atOnce; underWay++) {
      const next = queue.shift();
      if (next === undefined) return;
      request(next);
    }
  };

  return {
    addressOf(contentId, onArrival) {
      const part = byContentId.get(contentId);
      if (!part) return null;
      const address = addresses.get(part.part);
      if (address !== undefined) return address;
      const known = waiting.get(part.part);
      if (known) known.push(onArrival);
      else if (total + part.size <= limit) {
        total += part.size;
        waiting.set(part.part, [onArrival]);
        queue.push(part.part);
        pump();
      }
      return null;
    },
    receive(number, bytes) {
      const callbacks = waiting.get(number);
      const part = parts.find((candidate) => candidate.part === number);
      if (!callbacks || !part) return;
      waiting.delete(number);
      underWay--;
      pump();
      if (!bytes) return;
      addresses.set(number, URL.createObjectURL(new Blob([bytes], { type: part.contentType })));
      for (const callback of callbacks) callback();
    },
    dispose() {
      for (const address of addresses.values()) URL.revokeObjectURL(address);
      addresses.clear();
      waiting.clear();
      queue.length = 0;
    },
  };
}
