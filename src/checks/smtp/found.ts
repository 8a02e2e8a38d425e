// checks: findings about one server, made from its replies: each says which server is meant and shows the lines it was made from.
import type { Failure } from '../../base/failure.ts';
import { printable } from '../../smtp/printable.ts';
import { replyText } from '../../smtp/reply.ts';
import { type Draft, finding } from '../finding.ts';
import type { Evidence, Finding, Group, Target } from '../report.ts';
import { isHostName } from './names.ts';
import type { Answer, ProbeSubject } from './probe.ts';

/** What is left out is empty; the time is that of the answers. */
export interface Found extends Omit<Draft, 'group' | 'target'> {
  /** Become evidence, after what else there is. */
  readonly answers?: readonly Answer[];
}

export type Tell = (found: Found) => Finding;

/** UTF-16 units. */
const maxEvidence = 4096;
const maxWords = 300;

/** `domain`: whose mail the server takes, where that is known. */
export function targetOf({ host, address, port }: Pick<ProbeSubject, 'host' | 'address' | 'port'>, domain?: string | undefined): Target {
  return { ...(domain === undefined ? {} : { domain }), host, address, port };
}

export function teller(group: Group, subject: ProbeSubject, domain?: string | undefined): Tell {
  const target = targetOf(subject, domain);
  return ({ title, detail = '', answers = [], evidence = [], ms, ...rest }) =>
    finding({
      ...rest,
      group,
      title: words(title),
      detail: words(detail),
      evidence: [...evidence, ...answers.flatMap(evidenceOf)],
      target,
      ms: ms ?? sum(answers),
    });
}

/** What depends on something that did not come about; `titles` are by id. */
export function skipped(tell: Tell, titles: Readonly<Record<string, string>>, why: string): readonly Finding[] {
  return Object.entries(titles).map(([id, title]) => tell({ id, level: 'skipped', title, detail: why }));
}

/**
 * What was skipped for the same reason is one row: "14 checks were skipped", and which they were as evidence. `titles` of skipped findings are names of
 * checks, never what a check would have found.
 */
export function foldSkipped(skipped: readonly Finding[]): readonly Finding[] {
  const byReason = Map.groupBy(skipped, ({ detail }) => detail);
  return [...byReason.values()].flatMap((alike) => {
    const [first, ...others] = alike;
    if (!first || others.length === 0) return first ?? [];
    const group = others.every((other) => other.group === first.group) ? first.group : 'smtp';
    const { detail, target } = first;
    const evidence = [{ label: 'Skipped', text: alike.map(({ title }) => title).join('\n') }];
    return finding({
      id: 'checks-skipped',
      group,
      level: 'skipped',
      title: `${alike.length} checks were skipped`,
      detail,
      evidence,
      target,
    });
  });
}

/** Why what depends on a step is skipped: when the run was ended meanwhile, because of that. */
export function because(failure: Failure | null, otherwise: string): string {
  return endedByRun(failure)?.detail ?? otherwise;
}

/** For a command that got no reply: 'unknown' where it was waited for, 'skipped' where the conversation was over before it could be said. */
export function unanswered(tell: Tell, id: string, title: string, answer: Answer): Finding {
  const ended = endedByRun(answer.failure);
  if (ended) return tell({ id, title, ...ended });
  if (!answer.isSent) return tell({ id, level: 'skipped', title, detail: 'the conversation had ended before' });
  return tell({ id, level: 'unknown', title, detail: 'no answer', answers: [answer] });
}

/** null: it was not the run that ended it. What a person cancelled is skipped; what there was no time for is not known. */
export function endedByRun(failure: Failure | null): Pick<Found, 'level' | 'detail'> | null {
  if (failure?.reason === 'cancelled') return { level: 'skipped', detail: 'cancelled' };
  return failure?.reason === 'outOfTime' ? { level: 'unknown', detail: 'no time was left' } : null;
}

/** The first line, for titles and details: "554 5.7.1 Relay access denied". */
export function firstLine(answer: Answer): string {
  return answer.reply ? words(replyText({ lines: answer.reply.lines.slice(-1) }).replace(/^(\d{3})-/, '$1 ')) : 'no answer';
}

/** "192.0.2.1:25", "[2001:db8::1]:25". */
export function printServer({ address, port }: Pick<ProbeSubject, 'address' | 'port'>): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** As sentences name it: the host where it has a name, always with the port. */
export function nameServer({ host, address, port }: Pick<ProbeSubject, 'host' | 'address' | 'port'>): string {
  return isHostName(host) ? `${host}:${port}` : printServer({ address, port });
}

export function was(answer: Answer, kind: 'taken' | 'putOff' | 'refused'): boolean {
  const first = Math.floor((answer.reply?.code ?? 0) / 100);
  return first === { taken: 2, putOff: 4, refused: 5 }[kind];
}

function evidenceOf({ command, reply, failure }: Answer): readonly Evidence[] {
  if (!reply && !failure) return [];
  const label = command === '' ? 'Greeting' : `Reply to ${printable(command.slice(0, maxWords))}`;
  return [{ label, text: bounded(reply ? replyText(reply) : (failure?.message ?? '')) }];
}

function bounded(text: string): string {
  return text.length > maxEvidence ? `${text.slice(0, maxEvidence - 1)}…` : text;
}

function words(text: string): string {
  const shown = printable(text);
  return shown.length > maxWords ? `${shown.slice(0, maxWords - 1)}…` : shown;
}

function sum(answers: readonly Answer[]): number | null {
  return answers.length === 0 ? null : Math.round(answers.reduce((all, { ms }) => all + ms, 0) * 10) / 10;
}
