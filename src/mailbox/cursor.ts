// mailbox: where a page ended, as text that nobody else needs to understand. It comes back from outside and is checked.
import { Failure } from '../base/failure.ts';

/** The last row of a page; the next page continues below it. */
export interface Position {
  readonly arrived: number;
  readonly key: string;
}

const longestCursor = 4096;

export function encodeCursor({ arrived, key }: Position): string {
  return Buffer.from(JSON.stringify([arrived, key])).toString('base64url');
}

/** Throws 'badCursor' for anything that encodeCursor did not make. */
export function decodeCursor(cursor: string): Position {
  const [arrived, key, ...rest] = cursor.length > longestCursor ? [] : fieldsOf(cursor);
  if (typeof arrived !== 'number' || !Number.isSafeInteger(arrived) || typeof key !== 'string' || rest.length > 0)
    throw new Failure('badCursor', 'Not a cursor of this list');
  return { arrived, key };
}

function fieldsOf(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
