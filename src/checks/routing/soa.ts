// checks/routing: the SOA record of a zone: who keeps it, and whether its times make the zone vanish or its changes late.
import { type DnsAnswer, type RecordValue, valuesOf } from '../dns/port.ts';
import { answerEvidence } from '../finding.ts';
import type { Finding } from '../report.ts';
import { nameServerFinding, type Zone } from './zone.ts';

type Soa = Extract<RecordValue, { kind: 'SOA' }>;

/** Seconds. RFC 1912 section 2.2 has 2 to 4 weeks; under one, a long weekend is enough. */
const leastExpire = 604_800;
/** Seconds: RFC 2308 section 5 lets resolvers keep "there is none" for a day at most. */
const mostMinimum = 86_400;

/** `answer`: of a server that holds the zone; null where none was asked. */
export function judgeSoa(all: Zone, answer: DnsAnswer | null): Finding[] {
  const [soa] = answer ? valuesOf(answer, 'SOA') : [];
  if (!answer || !soa) return [];
  const problems = problemsOf(soa);
  const isSound = problems.length === 0;
  return [
    nameServerFinding(all, {
      id: 'soa',
      level: isSound ? 'info' : 'advice',
      title: isSound ? `The zone is ${all.zone}, version ${soa.serial}` : `The times of the zone ${all.zone} are unusual`,
      detail: (isSound ? `kept by ${soa.primary}, written to as ${mailboxOf(soa)}` : problems.map(({ text }) => text).join('; ')).slice(
        0,
        300,
      ),
      reason: problems.map(({ reason }) => reason).join(' '),
      evidence: [answerEvidence(answer, ({ type }) => type === 'SOA' && !isSound)],
      remedies: isSound ? [] : [{ label: 'Set in the SOA record', text: problems.map(({ remedy }) => remedy).join('\n') }],
      source: isSound ? 'RFC 1035 section 3.3.13' : 'RFC 1912 section 2.2',
      ms: answer.ms,
    }),
  ];
}

interface Problem {
  readonly text: string;
  readonly reason: string;
  readonly remedy: string;
}

function problemsOf({ refresh, retry, expire, minimum }: Soa): Problem[] {
  const isLate = expire <= refresh + retry;
  return [
    ...(isLate || expire < leastExpire
      ? [
          {
            text: `expire is ${expire} s${isLate ? ', not more than refresh and retry together' : ', less than a week'}`,
            reason: 'When the primary server is away for that long, the others stop answering, and the domain with its mail is gone.',
            remedy: 'expire 1209600',
          },
        ]
      : []),
    ...(retry > refresh
      ? [
          {
            text: `retry is ${retry} s, more than refresh`,
            reason: 'Servers that missed an update wait longer than those that did not.',
            remedy: `retry ${Math.max(300, Math.floor(refresh / 4))}`,
          },
        ]
      : []),
    ...(minimum > mostMinimum
      ? [
          {
            text: `"there is no such name" is kept for ${minimum} s`,
            reason: 'A name that is published after somebody asked for it stays unknown for that long.',
            remedy: 'minimum 3600',
          },
        ]
      : []),
  ];
}

/** RFC 1035 section 8: the first label is the local part; a dot in it is escaped, which arrives here as it was published. */
function mailboxOf({ mailbox }: Soa): string {
  return mailbox.replace(/(?<!\\)\./, '@');
}
