// mailbox: writes the index: rows with their lists and counts first, then their search text. The caller owns the transaction.
import type { MailKey } from '../protocol/engine.ts';
import type { FolderEntry } from '../store/folderState.ts';
import { encodeAddresses } from './addressText.ts';
import { foldPieces, foldWords } from './find.ts';
import type { IndexFile } from './indexFile.ts';
import type { Row } from './row.ts';
import { allMail, type ListKind, listKind } from './schema.ts';

/** Equals the time of no file, so that the next comparison with the folder finds a difference. */
const unknownTime = -1;

export type RowChange = 'added' | 'changed' | 'removed';

interface Known {
  readonly id: number;
  readonly size: number;
  readonly mtime: number;
  readonly arrived: number;
  readonly is_read: number;
  readonly is_caught: number;
}

/** True: the row was made from the file as it is now. */
export function isCurrent(index: IndexFile, entry: FolderEntry): boolean {
  return isSame(find(index, entry.key), entry);
}

function find(index: IndexFile, key: MailKey): Known | undefined {
  return index.get('SELECT id, size, mtime, arrived, is_read, is_caught FROM mail WHERE key = ?', key);
}

function isSame(known: Known | undefined, entry: FolderEntry): boolean {
  return known !== undefined && known.size === entry.size && known.mtime === entry.mtimeMs && known.is_caught === Number(entry.isCaught);
}

/** A row that was written and whose text is still to be written. */
export interface Written {
  readonly id: number;
  readonly change: RowChange;
  /** Null: the row was removed. */
  readonly row: Row | null;
}

/** Writes a mail; one that is known keeps its read mark, unless it comes anew. Null: another process was first. */
export function put(index: IndexFile, row: Row, isAnew: boolean): Written | null {
  const known = find(index, row.entry.key);
  if (!isAnew && isSame(known, row.entry)) return null;
  const isRead = isAnew ? 0 : (known?.is_read ?? 0);
  // Only touched, or a mail more in the same file: it did not arrive again.
  const arrived = !isAnew && known?.size === row.entry.size ? known.arrived : row.arrived;
  if (known) remove(index, row.entry.key);
  const { id } = index.get<{ id: number }>(
    'INSERT INTO mail (id, key, size, mtime, arrived, subject, sender, recipients, attachments, is_read, state, problem, is_caught)' +
      ' VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id',
    known?.id ?? null,
    row.entry.key,
    row.entry.size,
    row.isRetried ? unknownTime : row.entry.mtimeMs,
    arrived,
    row.subject,
    row.from && encodeAddresses([row.from]),
    encodeAddresses(row.to),
    row.attachments,
    isRead,
    row.state,
    row.problem,
    Number(row.entry.isCaught),
  ) ?? { id: 0 };
  const addresses = new Set(row.to.map(({ address }) => address.toLowerCase()));
  if (addresses.size === 0) addresses.add('');
  const lists = [
    listOf(index, listKind.all, '', 1 - isRead),
    listOf(index, listKind.sender, row.from?.address.toLowerCase() ?? '', 1 - isRead),
    ...[...addresses].map((address) => listOf(index, listKind.recipient, address, 1 - isRead)),
  ];
  for (const list of lists) index.run('INSERT INTO listed VALUES (?, ?, ?, ?)', list, arrived, row.entry.key, id);
  return { id, change: known ? 'changed' : 'added', row };
}

/**
 * In the order of the rows, and after all rows of the transaction: each statement on another table that could fail half-way makes SQLite set a
 * savepoint, for which FTS5 writes out what it has collected; a tree of words for each mail would be five times as slow.
 */
export function writeText(index: IndexFile, { id, change, row }: Written): void {
  if (change !== 'added') {
    index.run('DELETE FROM words WHERE rowid = ?', id);
    index.run('DELETE FROM pieces WHERE rowid = ?', id);
  }
  if (!row) return;
  index.run('INSERT INTO words (rowid, text) VALUES (?, ?)', id, foldWords(row.searchText));
  index.run('INSERT INTO pieces (rowid, text) VALUES (?, ?)', id, foldPieces(headOf(row)));
}

/** Counts one mail more in a list, made when it is missing; answers its id. */
function listOf(index: IndexFile, kind: ListKind, name: string, unread: number): number {
  const sql =
    'INSERT INTO list (kind, name, total, unread) VALUES (?, ?, 1, ?)' +
    ' ON CONFLICT DO UPDATE SET total = total + 1, unread = unread + excluded.unread RETURNING id';
  return index.get<{ id: number }>(sql, kind, name, unread)?.id ?? 0;
}

function headOf({ subject, from, to }: Row): string {
  return [subject ?? '', ...[from, ...to].map((each) => (each ? `${each.name} ${each.address}` : ''))].join('\n');
}

/** Null: there was no such row. */
export function remove(index: IndexFile, key: MailKey): Written | null {
  const known = find(index, key);
  if (!known) return null;
  const { id } = known;
  const lists = index.all<{ list: number }>('SELECT list FROM listed WHERE mail = ?', id);
  for (const { list } of lists) {
    index.run('UPDATE list SET total = total - 1, unread = unread - ? WHERE id = ?', 1 - known.is_read, list);
    index.run('DELETE FROM list WHERE id = ? AND total = 0 AND id <> ?', list, allMail);
  }
  index.run('DELETE FROM listed WHERE mail = ?', id);
  index.run('DELETE FROM mail WHERE id = ?', id);
  return { id, change: 'removed', row: null };
}

/** False: there is no such row or it has that mark. */
export function setRead(index: IndexFile, key: MailKey, isRead: boolean): boolean {
  const mark = isRead ? 1 : 0;
  const sql = 'UPDATE mail SET is_read = ? WHERE key = ? AND is_read <> ? RETURNING id';
  const changed = index.get<{ id: number }>(sql, mark, key, mark);
  if (!changed) return false;
  index.run('UPDATE list SET unread = unread + ? WHERE id IN (SELECT list FROM listed WHERE mail = ?)', isRead ? -1 : 1, changed.id);
  return true;
}
