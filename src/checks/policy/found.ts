// checks/policy: findings of one check, with what they share filled in, and evidence that shows the wrong part.
import { printable } from '../../smtp/printable.ts';
import type { DnsAnswer } from '../dns/port.ts';
import { answerEvidence, finding, unansweredFinding } from '../finding.ts';
import type { Evidence, Finding, Group, Level, Remedy, Target } from '../report.ts';

export interface Draft {
  readonly id: string;
  readonly level: Level;
  readonly title: string;
  readonly detail?: string;
  readonly reason?: string;
  readonly evidence?: readonly Evidence[];
  readonly remedies?: readonly Remedy[];
  readonly source?: string;
  readonly ms?: number | null;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Makes the findings of one check about one target. Texts of others in titles, details and remedies are made printable and bounded here. */
export interface PolicyMaker {
  finding(draft: Draft): Finding;
  /** A look-up that brought no answer: never taken for "there is none". */
  unanswered(id: string, title: string, answer: DnsAnswer): Finding;
  /** The records of an answer; TXT records whose text is among `wrong` are marked. */
  answer(answer: DnsAnswer, wrong?: readonly string[]): Evidence;
  /** Any text; marks are dropped where the text cannot be shown as it is. */
  text(label: string, text: string, wrong?: readonly Place[]): Evidence;
}

/** UTF-16 units. */
const maxText = 4096;
const maxLine = 300;

export function maker(target: Target, group: Group = 'policy'): PolicyMaker {
  return {
    finding: (draft) =>
      finding({
        ...draft,
        group,
        target,
        title: line(draft.title),
        detail: line(draft.detail ?? ''),
        remedies: (draft.remedies ?? []).map(({ label, text }) => ({ label: line(label), text: lines(text) })),
      }),
    unanswered: (id, title, answer) => unansweredFinding({ id, group, target, title: line(title) }, answer),
    answer: (answer, wrong = []) => answerEvidence(answer, ({ value }) => value.kind === 'TXT' && wrong.includes(value.strings.join(''))),
    text: showText,
  };
}

function showText(label: string, text: string, wrong: readonly Place[] = []): Evidence {
  const shown = lines(text);
  const marks = text.startsWith(shown.slice(0, -1))
    ? wrong.filter(({ end }) => end < shown.length + 1).map(({ start, end }) => [start, end] as const)
    : [];
  return { label: line(label), text: shown, ...(marks.length > 0 ? { marks } : {}) };
}

function line(text: string): string {
  return bounded(printable(text), maxLine);
}

function lines(text: string): string {
  return bounded(text.split('\n').map(printable).join('\n'), maxText);
}

function bounded(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
