// mailbox: the open SQLite file of the index: making it, telling a damaged one from a usable one, transactions and prepared statements.
import { renameSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import { applicationId, schema, schemaVersion } from './schema.ts';

/** Result codes: https://www.sqlite.org/rescode.html */
const code = { busy: 5, locked: 6, corrupt: 11, notDatabase: 26 } as const;
const extended = { shortRead: 522, moved: 1032 } as const;

/** How often a file that another process is making is asked for again. Milliseconds. */
const busyPause = 50;

/** Why a file that is there cannot be used. */
type Unusable = 'damaged' | 'foreign' | 'otherVersion';

export interface IndexOptions {
  /** Absolute path. */
  readonly file: string;
  /** Milliseconds that a writer waits for another process. */
  readonly busyTimeout: number;
  readonly log: Log;
}

export class IndexFile {
  /** True: there was a file, and it could not be used. */
  readonly wasRebuilt: boolean;
  private readonly database: DatabaseSync;
  private readonly file: string;
  private readonly identity: string | null;
  private readonly statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync, file: string, wasRebuilt: boolean) {
    this.database = database;
    this.file = file;
    this.wasRebuilt = wasRebuilt;
    this.identity = identityOf(file);
  }

  /** Opens or makes the file. Where none can be made (read-only, no space) the index is kept in memory and ends with the process. */
  static async open(options: IndexOptions): Promise<IndexFile> {
    await mkdir(dirname(options.file), { recursive: true }).catch(() => {});
    const end = performance.now() + options.busyTimeout;
    for (;;) {
      try {
        return IndexFile.openOrReplace(options);
      } catch (error) {
        if (!isBusy(error) || performance.now() > end) return IndexFile.inMemory(options, error);
        await setTimeout(busyPause);
      }
    }
  }

  /** After damage. A file that another process made anew in the meantime is used as it is. */
  static reopen(before: IndexFile, options: IndexOptions): IndexFile {
    before.close();
    try {
      if (before.isInPlace()) discard(options.file, 'damaged');
      const index = IndexFile.openOrReplace(options);
      return new IndexFile(index.database, options.file, true);
    } catch (error) {
      return IndexFile.inMemory(options, error);
    }
  }

  static inMemory({ log, busyTimeout }: IndexOptions, cause: unknown): IndexFile {
    log.warn(`The index is kept in memory only: ${messageOf(cause)}`);
    return new IndexFile(connect(':memory:', busyTimeout), ':memory:', true);
  }

  private static openOrReplace({ file, busyTimeout, log }: IndexOptions): IndexFile {
    try {
      return new IndexFile(connect(file, busyTimeout), file, false);
    } catch (error) {
      const why = unusable(error);
      if (!why) throw error;
      log.warn(`The index ${file} is made anew (${why}): ${messageOf(error)}`);
      discard(file, why);
      return new IndexFile(connect(file, busyTimeout), file, true);
    }
  }

  /** False: the file was deleted or replaced, what is written here will be lost. */
  isInPlace(): boolean {
    return this.file === ':memory:' || identityOf(this.file) === this.identity;
  }

  /** A prepared statement, kept. */
  prepare(sql: string): StatementSync {
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  /** All rows, in the shape that the SQL gives them. */
  all<T>(sql: string, ...values: SQLInputValue[]): readonly T[] {
    return this.prepare(sql).all(...values) as readonly unknown[] as readonly T[];
  }

  /** The first row, or undefined. */
  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.prepare(sql).get(...values) as unknown as T | undefined;
  }

  /** Answers the number of changed rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.prepare(sql).run(...values).changes);
  }

  /** All of it or nothing. */
  transaction<T>(work: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite ends the transaction by itself when the disk is full.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Changes when another connection has changed the file. */
  dataVersion(): number {
    return this.get<{ data_version: number }>('PRAGMA data_version')?.data_version ?? 0;
  }

  close(): void {
    this.statements.clear();
    if (this.database.isOpen) this.database.close();
  }
}

/** True: the file is not what SQLite wrote, so it has to be made anew. */
export function isDamage(error: unknown): boolean {
  const result = resultOf(error);
  return (
    baseOf(result) === code.corrupt || baseOf(result) === code.notDatabase || result === extended.shortRead || result === extended.moved
  );
}

function isBusy(error: unknown): boolean {
  const result = baseOf(resultOf(error));
  return result === code.busy || result === code.locked;
}

function unusable(error: unknown): Unusable | null {
  if (Failure.is(error, 'foreign')) return 'foreign';
  if (Failure.is(error, 'otherVersion')) return 'otherVersion';
  // A text or an image under our name is somebody's: it is moved away and not deleted.
  if (baseOf(resultOf(error)) === code.notDatabase) return 'foreign';
  return isDamage(error) ? 'damaged' : null;
}

function resultOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0;
}

/** The low octet of an extended result code is the code itself. */
function baseOf(result: number): number {
  return result & 0xff;
}

/** Throws what SQLite throws, 'foreign' or 'otherVersion'. */
function connect(file: string, busyTimeout: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeout });
  try {
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY;');
    if (identify(database) === 'empty') make(database);
    database.exec('CREATE TEMP TABLE found (mail INTEGER PRIMARY KEY)');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function make(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('BEGIN IMMEDIATE');
  // Another process may have made the tables between the look and the lock.
  if (identify(database) === 'empty') database.exec(schema);
  database.exec('COMMIT');
}

function identify(database: DatabaseSync): 'empty' | 'ours' {
  const read = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'];
  if (read('application_id') === applicationId) {
    const version = read('user_version');
    if (version === schemaVersion) return 'ours';
    throw new Failure('otherVersion', `It has version ${String(version)} and not ${schemaVersion}`);
  }
  if (tables === 0) return 'empty';
  throw new Failure('foreign', 'It is a database of another program');
}

/** Foreign files are set aside, ours are deleted: all of it is in the drop folder. */
function discard(file: string, why: Unusable): void {
  if (why === 'foreign') renameSync(file, `${file}.setAside`);
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(file + ending, { force: true });
}

function identityOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev}:${stat.ino}` : null;
}
