// checks/message: what SPF makes of the client that delivered a message.
import type { PolicyMaker } from '../policy/found.ts';
import type { SpfResult, SpfVerdict } from '../policy/spfEvaluation.ts';
import type { Finding, Level } from '../report.ts';

export interface SpfOfMessage {
  /** null: could not be judged, `why` says the reason. */
  readonly verdict: SpfVerdict | null;
  readonly why: string;
  /** The client. */
  readonly address: string;
  /** MAIL FROM; '' for the null sender. */
  readonly sender: string;
}

const words: Readonly<Record<SpfResult, { readonly level: Level; readonly title: string; readonly reason?: string }>> = {
  pass: { level: 'pass', title: 'SPF passes' },
  fail: {
    level: 'fail',
    title: 'SPF fails',
    reason: 'The domain says that this client must not send its mail. Many receivers refuse such mail.',
  },
  softfail: {
    level: 'warn',
    title: 'SPF marks the message (softfail)',
    reason: 'The domain does not list this client, and asks receivers to be wary.',
  },
  neutral: { level: 'advice', title: 'SPF is neutral', reason: 'The record says nothing about this client.' },
  none: { level: 'advice', title: 'No SPF record', reason: 'Nothing says which servers may send mail of the domain.' },
  permerror: { level: 'fail', title: 'SPF ends in a permanent error', reason: 'The record is broken: look at it with Check SPF.' },
  temperror: {
    level: 'unknown',
    title: 'SPF could not be judged',
    reason: 'A look-up failed. A receiver would put the message off or go on without SPF.',
  },
};

export function spfFinding({ verdict, why, address, sender }: SpfOfMessage, make: PolicyMaker): Finding {
  if (!verdict)
    return make.finding({ id: 'message-spf', level: 'skipped', title: 'SPF was not judged', detail: why, source: 'RFC 7208 section 2.4' });
  const { result, comment, domain, record } = verdict;
  const version = address.includes(':') ? 6 : 4;
  return make.finding({
    id: 'message-spf',
    ...words[result],
    detail: comment,
    evidence: [
      make.text('Client and sender', `client ${address}\nMAIL FROM:<${sender}>`),
      ...(record === '' ? [] : [make.text(`SPF record of ${domain}`, record)]),
    ],
    remedies:
      result === 'fail' || result === 'softfail' || result === 'neutral' || result === 'none'
        ? [
            {
              label: `If that client sends for ${domain}, have in its record`,
              text: record === '' ? `${domain}. IN TXT "v=spf1 ip${version}:${address} -all"` : `ip${version}:${address}`,
            },
          ]
        : [],
    source: 'RFC 7208 section 2.6',
  });
}
