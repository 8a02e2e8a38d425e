// checks/message: what SPF makes of the client that delivered a message.
import type { PolicyMaker } from '../policy/found.ts';
import { txtLine } from '../policy/records.ts';
import type { SpfExplanation, SpfResult, SpfVerdict } from '../policy/spfEvaluation.ts';
import type { Finding, Level } from '../report.ts';

export interface SpfOfMessage {
  /** null: could not be judged, `why` says the reason. */
  readonly verdict: SpfVerdict | null;
  readonly why: string;
  /** What a person can do to have it judged; '' for nothing. */
  readonly instead: string;
  /** The client. */
  readonly address: string;
  /** MAIL FROM; '' for the null sender. */
  readonly sender: string;
  /** What the client called itself; '' when not known. */
  readonly clientName: string;
  /** null: there is no record to explain. */
  readonly explanation: SpfExplanation | null;
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

export function spfFinding({ verdict, why, instead, address, sender, clientName, explanation }: SpfOfMessage, make: PolicyMaker): Finding {
  if (!verdict)
    return make.finding({
      id: 'message-spf',
      level: 'skipped',
      title: 'SPF was not judged',
      detail: why,
      reason: instead,
      source: 'RFC 7208 section 2.4',
    });
  const { result, comment, domain, record } = verdict;
  const version = address.includes(':') ? 6 : 4;
  const client = [`client     ${address}`, ...(clientName === '' ? [] : [`EHLO       ${clientName}`]), `MAIL FROM  <${sender}>`];
  return make.finding({
    id: 'message-spf',
    ...words[result],
    detail: explanation?.detail ?? comment,
    evidence: [
      make.text('Client and sender', client.join('\n')),
      ...(explanation ? [make.text(`SPF record of ${domain}, as a receiver goes through it`, explanation.tree)] : []),
      ...(record !== '' && !explanation ? [make.text(`SPF record of ${domain}`, record)] : []),
    ],
    remedies:
      result === 'none'
        ? [{ label: `If that client sends for ${domain}, publish`, text: txtLine(domain, `v=spf1 ip${version}:${address} -all`) }]
        : (explanation?.remedies ?? []),
    source: 'RFC 7208 section 2.6',
  });
}
