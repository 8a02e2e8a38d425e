// mailbox: reads the index: pages, groups, counts, summaries. Every list is in the order newest first, keys break ties.
import type {
  Grouping,
  ListQuery,
  MailAddress,
  MailCounts,
  MailGroup,
  MailKey,
  MailPage,
  MailState,
  MailSummary,
} from '../protocol/engine.ts';
import { decodeAddresses } from './addressText.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { parseFind } from './find.ts';
import type { IndexFile } from './indexFile.ts';
import { allMail, listKind } from './schema.ts';

type GroupBy = Exclude<Grouping, 'none'>;

const mostRows = 1000;
const day = 86_400_000;
/** Up to this many hits are sorted; with more it is quicker to walk the list and look each mail up among the hits. */
const sortedHits = 5000;

interface MailColumns {
  readonly key: string;
  readonly subject: string | null;
  readonly sender: string | null;
  readonly recipients: string;
  readonly arrived: number;
  readonly size: number;
  readonly attachments: number;
  readonly is_read: number;
  readonly state: MailState;
  readonly problem: string | null;
  readonly is_caught: number;
}
const columns = [
  'key',
  'subject',
  'sender',
  'recipients',
  'arrived',
  'size',
  'attachments',
  'is_read',
  'state',
  'problem',
  'is_caught',
] satisfies readonly (keyof MailColumns)[];
const mailColumns = columns.map((column) => `mail.${column}`).join(', ');

/** One list, or the part of it that arrived from `from` to before `before`. */
interface Range {
  readonly list: number;
  readonly from: number;
  readonly before: number;
}

export class Query {
  private readonly index: IndexFile;
  /** Milliseconds to add to UTC for local days. */
  private readonly offset: number;
  /** What temp table `found` holds: the text, and the state of the index that it was looked for in. */
  private found = { text: '', state: '', count: 0 };
  private readonly revision: () => number;

  /** `utcOffset` in minutes. `revision` changes with everything that is written through `index`. */
  constructor(index: IndexFile, utcOffset: number, revision: () => number) {
    this.index = index;
    this.offset = utcOffset * 60_000;
    this.revision = revision;
  }

  /** Throws 'badCursor'. */
  list(query: ListQuery): MailPage {
    const below = query.after === null ? null : decodeCursor(query.after);
    const limit = Math.min(Math.max(Math.floor(query.limit) || 1, 1), mostRows);
    const range = this.rangeOf(query.group);
    if (!range) return { mails: [], next: null, total: 0 };
    const source = this.sourceOf(query.text);
    // listed.key is below every key of the next millisecond, so one comparison serves for the start, too.
    const { arrived, key } = below && below.arrived < range.before ? below : { arrived: range.before, key: '' };
    const rows = this.index.all<MailColumns>(
      `SELECT ${mailColumns} FROM ${source} CROSS JOIN mail ON mail.id = listed.mail` +
        ' WHERE listed.list = ? AND listed.arrived >= ? AND (listed.arrived, listed.key) < (?, ?)' +
        ' ORDER BY listed.arrived DESC, listed.key DESC LIMIT ?',
      range.list,
      range.from,
      arrived,
      key,
      limit + 1,
    );
    const mails = rows.slice(0, limit).map(summaryOf);
    const last = mails.at(-1);
    const next = rows.length > limit && last ? encodeCursor({ arrived: last.arrivedAt, key: last.key }) : null;
    return { mails, next, total: this.totalOf(range, query, source) };
  }

  /** Days with the newest first; senders and recipients by address. */
  groups(by: GroupBy, text: string): readonly MailGroup[] {
    return by === 'day' ? this.days(text) : this.addresses(by, text);
  }

  counts(): MailCounts {
    return { total: 0, unread: 0, ...this.index.get<MailCounts>('SELECT total, unread FROM list WHERE id = ?', allMail) };
  }

  /** In the order of the keys; those that are gone are left out. */
  summaries(keys: readonly MailKey[]): readonly MailSummary[] {
    const sql = `SELECT ${mailColumns} FROM mail WHERE key = ?`;
    return keys.map((key) => this.index.get<MailColumns>(sql, key)).flatMap((row) => (row ? [summaryOf(row)] : []));
  }

  private rangeOf(group: ListQuery['group']): Range | null {
    const all = { list: allMail, from: 0, before: Number.MAX_SAFE_INTEGER };
    if (!group) return all;
    if (group.by === 'day') {
      const start = /^\d{4}-\d\d-\d\d$/.test(group.key) ? Date.parse(group.key) : Number.NaN;
      return Number.isNaN(start) ? null : { list: allMail, from: start - this.offset, before: start - this.offset + day };
    }
    const sql = 'SELECT id FROM list WHERE kind = ? AND name = ?';
    const list = this.index.get<{ id: number }>(sql, listKind[group.by], group.key);
    return list ? { ...all, list: list.id } : null;
  }

  private totalOf({ list, from, before }: Range, { text, group }: ListQuery, source: string): number {
    const isAll = group?.by !== 'day';
    if (isAll && source === 'listed') return this.index.get<{ total: number }>('SELECT total FROM list WHERE id = ?', list)?.total ?? 0;
    if (isAll && list === allMail) return this.find(text) ?? 0;
    const sql = `SELECT count(*) AS total FROM ${source} WHERE listed.list = ? AND listed.arrived >= ? AND listed.arrived < ?`;
    return this.index.get<{ total: number }>(sql, list, from, before)?.total ?? 0;
  }

  private addresses(by: 'sender' | 'recipient', text: string): readonly MailGroup[] {
    const groups =
      this.find(text) === null
        ? 'SELECT name AS key, name AS label, total, unread FROM list WHERE kind = ? ORDER BY name'
        : 'SELECT name AS key, name AS label, count(*) AS total, sum(1 - mail.is_read) AS unread FROM found' +
          ' CROSS JOIN listed ON listed.mail = found.mail CROSS JOIN list ON list.id = listed.list CROSS JOIN mail ON mail.id = found.mail' +
          ' WHERE list.kind = ? GROUP BY list.id ORDER BY name';
    return this.index.all<MailGroup>(groups, listKind[by]).map((group) => ({ ...group }));
  }

  private days(text: string): readonly MailGroup[] {
    // Division truncates towards zero: a day more keeps the first hours of 1970, west of Greenwich, from falling into the second day.
    const dayOf = `(arrived + ${this.offset + day}) / ${day} - 1 AS day`;
    const count = (from: string): Map<number, number> => {
      const rows = this.index.all<{ day: number; count: number }>(`SELECT ${dayOf}, count(*) AS count FROM ${from} GROUP BY day`);
      return new Map(rows.map((row) => [row.day, row.count]));
    };
    const isAll = this.find(text) === null;
    const total = count(isAll ? `listed WHERE list = ${allMail}` : 'found CROSS JOIN mail ON mail.id = found.mail');
    const unread = count(isAll ? 'mail WHERE is_read = 0' : 'found CROSS JOIN mail ON mail.id = found.mail WHERE is_read = 0');
    return [...total]
      .sort(([a], [b]) => b - a)
      .map(([number, mails]) => {
        const key = new Date(number * day).toISOString().slice(0, 10);
        return { key, label: key, total: mails, unread: unread.get(number) ?? 0 };
      });
  }

  /** Table `listed`, or those of its rows that have the text. */
  private sourceOf(text: string): string {
    const count = this.find(text);
    if (count === null) return 'listed';
    // CROSS JOIN: SQLite keeps this order of the tables.
    return count > sortedHits
      ? 'listed CROSS JOIN found ON found.mail = listed.mail'
      : 'found CROSS JOIN listed ON listed.mail = found.mail';
  }

  /** Fills temp table `found` and answers the number of hits; null: the text asks for nothing. */
  private find(text: string): number | null {
    const terms = parseFind(text);
    if (terms.length === 0) return null;
    const state = `${this.index.dataVersion()} ${this.revision()}`;
    if (this.found.text === text && this.found.state === state) return this.found.count;
    const values: string[] = [];
    const take = (sql: string, value: string | null): string[] => {
      if (value === null) return [];
      values.push(value);
      return [sql];
    };
    const each = terms.map((term) => {
      const ways = [
        ...take('SELECT rowid FROM words WHERE words MATCH ?', term.words),
        ...take('SELECT rowid FROM pieces WHERE pieces MATCH ?', term.pieces),
        ...take(
          String.raw`SELECT id FROM mail WHERE coalesce(subject, '') || char(10) || coalesce(sender, '') || char(10) || recipients LIKE ? ESCAPE '\'`,
          term.like,
        ),
      ];
      return `SELECT * FROM (${ways.join(' UNION ')})`;
    });
    this.index.run('DELETE FROM temp.found');
    const count = this.index.run(`INSERT INTO temp.found ${each.join(' INTERSECT ')}`, ...values);
    this.found = { text, state, count };
    return count;
  }
}

function summaryOf(row: MailColumns): MailSummary {
  return {
    key: row.key,
    subject: row.subject,
    from: row.sender === null ? null : (decodeAddresses(row.sender)[0] ?? null),
    to: decodeAddresses(row.recipients) satisfies readonly MailAddress[],
    arrivedAt: row.arrived,
    size: row.size,
    attachments: row.attachments,
    isRead: row.is_read === 1,
    state: row.state,
    problem: row.problem,
    isCaught: row.is_caught === 1,
  };
}
