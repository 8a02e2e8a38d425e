// checks: whole runs against name servers, and tables of them: one line a case, with all that is found wrong and all that is not known.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { understand } from '../../../src/checks/question.ts';
import { type Finding, type Level, type Question, type QuestionKind, questionKinds, type Report } from '../../../src/checks/report.ts';
import { type RunPorts, runQuestion } from '../../../src/checks/run.ts';
import { type MoreZones, type NameServerPeer, startBind } from '../../peers/bind.ts';
import { isSkipped, type Skipped } from '../../peers/cache.ts';
import { startUnbound } from '../../peers/unbound.ts';

/** What a run is given where a test says nothing else: a lab, and time enough for a machine that has other things to do. */
export function runWith(question: Question, changes: Partial<RunPorts>): Promise<Report> {
  return runQuestion(question, {
    dnsServers: [],
    isLab: true,
    limit: 20_000,
    blocklists: [],
    foreignDomain: 'elsewhere.test',
    message: null,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...changes,
  });
}

/** Where a case asks: BIND; Unbound before it; a server that never answers; a port where nobody is. `skipped`: why one is not here. */
export interface Names {
  readonly bind: NameServerPeer | Skipped;
  readonly at: Readonly<Record<Place, string | Skipped>>;
  stop(): Promise<void>;
}

const places = ['bind', 'unbound', 'silent', 'nobody'] as const;
type Place = (typeof places)[number];

/** To be stopped by the file that started it, which asks for that when it has nothing more to wait for: the runner ends a file that waits between its tests. */
export async function startNames(more: MoreZones = {}): Promise<Names> {
  const bind = await startBind(more);
  const unbound = isSkipped(bind) ? bind : await startUnbound(bind);
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const stop = async (): Promise<void> => {
    silent.close();
    if (!isSkipped(unbound)) await unbound.stop();
    if (!isSkipped(bind)) await bind.stop();
  };
  const print = (server: { readonly port: number } | Skipped) => (isSkipped(server) ? server : `127.0.0.1:${server.port}`);
  return { bind, at: { bind: print(bind), unbound: print(unbound), silent: print(silent.address()), nobody: '127.0.0.1:9' }, stop };
}

export interface CaseOptions {
  /** Where the mail servers of the domains listen. */
  readonly labPort?: number;
  /** Why a case cannot be tried on this machine, or false. */
  readonly skip?: (one: Case) => string | undefined;
}

/** A test for each line of the table. */
export function describeCases({ at }: Names, table: string, { labPort, skip = () => undefined }: CaseOptions = {}): void {
  // A few at a time, because some have to wait.
  for (const { heading, lines } of chaptersOf(table))
    describe(heading, { concurrency: 4 }, () => {
      for (const one of lines.map(readCase)) {
        const { name, question, words, expected, verdict } = one;
        const place = places.find((candidate) => candidate === (words['at'] ?? 'bind')) ?? 'bind';
        const server = at[place];
        test(name, { skip: typeof server === 'string' ? (skip(one) ?? false) : server.skipped }, async () => {
          const report = await runWith(question, {
            dnsServers: [String(server)],
            isLab: words['lab'] !== 'no',
            blocklists: words['lists']?.split(',') ?? [],
            ...(labPort === undefined ? {} : { labPort }),
            ...(words['limit'] === undefined ? {} : { limit: Number(words['limit']) }),
          });
          assertFound(report.findings, expected);
          assertVerdict(report, verdict);
        });
      }
    });
}

export function casesOf(table: string): readonly Case[] {
  return chaptersOf(table).flatMap(({ lines }) => lines.map(readCase));
}

interface Chapter {
  readonly heading: string;
  readonly lines: string[];
}

function chaptersOf(table: string): Chapter[] {
  const chapters: Chapter[] = [];
  for (const line of table.split('\n').map((each) => each.trim())) {
    if (line.startsWith('# ')) chapters.push({ heading: line.slice(2), lines: [] });
    else if (line !== '') chapters.at(-1)?.lines.push(line);
  }
  return chapters;
}

export interface Case {
  readonly name: string;
  readonly question: Question;
  /** What of the question is not for the check but for the test: "at=unbound". */
  readonly words: Readonly<Record<string, string>>;
  /** "fail mx-dangling" */
  readonly expected: readonly string[];
  /** Ends with … where more follows. */
  readonly verdict: string;
}

/** Words of a case that are for the test itself: where to ask, in a lab or not, which blocklists, milliseconds for it all, and the servers of the domain. */
const testWords = ['at', 'lab', 'lists', 'limit', 'hosts', 'mx', 'sts', 'tlsa'];

/**
 * A line: name | kind of question, what is typed, options | findings | verdict. An option is `key=value`. `3x` before a finding says that there
 * are three of it.
 */
export function readCase(line: string): Case {
  const [name = '', asked = '', findings = '', verdict = ''] = line.split(' | ').map((cell) => cell.trim());
  const [kind, ...rest] = asked.split(/\s+/);
  const known = questionKinds.find((candidate) => candidate === kind);
  assert.ok(known, `"${kind}" in "${line}" is no kind of question`);
  const pairs = rest.filter(isOption).map(pairOf);
  return {
    name,
    question: questionOf(
      known,
      rest.filter((word) => !isOption(word)).join(' '),
      Object.fromEntries(pairs.filter(([key]) => !testWords.includes(key))),
    ),
    words: Object.fromEntries(pairs.filter(([key]) => testWords.includes(key))),
    expected: findings
      .split(', ')
      .filter((each) => each !== '')
      .flatMap(repeated),
    verdict,
  };
}

function isOption(word: string): boolean {
  return /^[a-z]+=/i.test(word);
}

function pairOf(word: string): [key: string, value: string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

export function questionOf(kind: QuestionKind, typed: string, options: Question['options'] = {}): Question {
  const understood = understand(kind, typed, options);
  assert.ok('question' in understood, `"${typed}" was not understood`);
  return understood.question;
}

function repeated(finding: string): string[] {
  const match = /^(\d+)x (.*)$/.exec(finding);
  return match?.[2] === undefined ? [finding] : Array<string>(Number(match[1])).fill(match[2]);
}

const alwaysTold: readonly Level[] = ['fail', 'warn', 'unknown'];

/** All that fails, warns or is not known is expected, and everything expected is there, as often as it is said. */
export function assertFound(findings: readonly Finding[], expected: readonly string[]): void {
  const wanted = new Set(expected);
  const shown = findings
    .map(({ level, id }) => ({ level, line: `${level} ${id}` }))
    .filter(({ level, line }) => alwaysTold.includes(level) || wanted.has(line))
    .map(({ line }) => line);
  assert.deepEqual(shown.sort(), [...expected].sort());
}

export function assertVerdict(report: Report, expected: string): void {
  if (expected.endsWith('…')) assert.equal(`${report.verdict.slice(0, expected.length - 1)}…`, expected);
  else assert.equal(report.verdict, expected);
}
