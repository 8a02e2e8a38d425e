// checks/message: what SPF makes of the client that delivered a message.
import type { DnsAnswer } from '../dns/port.ts';
import { isLocal } from '../policy/addresses.ts';
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
  /** What the name server said of the sender's domain; null: it was not asked. */
  readonly answer: DnsAnswer | null;
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

export function spfFinding(message: SpfOfMessage, make: PolicyMaker): Finding {
  const { verdict, why, instead, address, sender, clientName, explanation, answer } = message;
  const said = answer ? [make.answer(answer)] : [];
  if (!verdict)
    return make.finding({
      id: 'message-spf',
      level: 'skipped',
      title: 'SPF cannot be judged',
      detail: why,
      reason: instead,
      evidence: said,
      source: 'RFC 7208 section 2.4',
    });
  const { result, domain, record } = verdict;
  const version = address.includes(':') ? 6 : 4;
  const client = [`client     ${address}`, ...(clientName === '' ? [] : [`EHLO       ${clientName}`]), `MAIL FROM  <${sender}>`];
  return make.finding({
    id: 'message-spf',
    ...words[result],
    detail: explanation?.detail ?? inPlainWords(verdict, answer),
    evidence: [
      make.text('Client and sender', client.join('\n')),
      ...(explanation ? [make.text(`SPF record of ${domain}, as a receiver goes through it`, explanation.tree)] : []),
      ...(record !== '' && !explanation ? [make.text(`SPF record of ${domain}`, record)] : []),
      ...said,
    ],
    // An address that means another host to everybody has no place in a published record.
    remedies: isLocal(address)
      ? []
      : result === 'none'
        ? [{ label: `If that client sends for ${domain}, publish`, text: txtLine(domain, `v=spf1 ip${version}:${address} -all`) }]
        : (explanation?.remedies ?? []),
    source: 'RFC 7208 section 2.6',
  });
}

/** Where no term of the record decides. */
function inPlainWords({ result, comment, domain }: SpfVerdict, answer: DnsAnswer | null): string {
  switch (result) {
    case 'none':
      return answer?.outcome === 'nxDomain' ? `there is no domain ${domain}` : `${domain} publishes none`;
    case 'neutral':
      return `no term of the record of ${domain} names the client`;
    case 'permerror':
    case 'temperror':
      return comment;
    case 'pass':
    case 'fail':
    case 'softfail':
      return `by the record of ${domain}`;
  }
}
