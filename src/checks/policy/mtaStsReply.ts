// checks/policy: what the policy host of MTA-STS answered: whether it is a policy, how strict it is, and whether every MX is in it.
import { validateMx } from 'mailauth/lib/mta-sts.js';
import type { Finding } from '../report.ts';
import type { PolicyMaker } from './found.ts';
import { type MtaStsPolicy, parseMtaStsPolicy } from './mtaStsRecord.ts';
import type { PolicyReply } from './policyHost.ts';
import { normalName } from './records.ts';

/** Seconds: RFC 8461 section 3.2 speaks of weeks or more. */
const goodMaxAge = 604_800;

/** What came from the policy host, and for what. */
export interface MtaStsReply {
  readonly domain: string;
  readonly url: string;
  readonly reply: PolicyReply;
  /** null: not known. */
  readonly mxHosts: readonly string[] | null;
  /** Milliseconds. */
  readonly ms: number;
}

export function judgeMtaStsReply({ domain, url, reply, mxHosts, ms }: MtaStsReply, make: PolicyMaker): Finding[] {
  const source = 'RFC 8461 section 3.3';
  if (reply.kind !== 'answered') {
    const isUnknown = reply.kind === 'timeout' || reply.kind === 'failed';
    return [
      make.finding({
        id: 'mta-sts-fetch',
        level: reply.kind === 'cancelled' ? 'skipped' : isUnknown ? 'unknown' : 'fail',
        title: 'The MTA-STS policy could not be fetched',
        detail: reply.text,
        reason: isUnknown
          ? 'It may be there for others: nothing was learned about the policy itself.'
          : 'Senders cannot fetch it either. Those that have no policy yet go on without one; the others keep theirs until its time is over.',
        evidence: [make.text('Asked for', url)],
        remedies:
          reply.kind === 'certificate'
            ? [{ label: 'On the web server, get a certificate for', text: url.slice('https://'.length, url.indexOf('/', 8)) }]
            : [],
        source,
        ms,
      }),
    ];
  }
  const head = [`${reply.status}`, `Content-Type: ${reply.contentType}`, ...(reply.location === '' ? [] : [`Location: ${reply.location}`])];
  const evidence = [make.text(`Answer of ${url}`, `${head.join('\n')}\n\n${reply.body.replaceAll('\r\n', '\n')}`)];
  const example = { label: `Have at ${url}`, text: examplePolicy(mxHosts ?? [], domain) };
  if (reply.status !== 200) {
    const isRedirect = reply.status >= 300 && reply.status < 400;
    return [
      make.finding({
        id: 'mta-sts-fetch',
        level: 'fail',
        title: 'The MTA-STS policy is not there',
        detail: `the host answered with status ${reply.status}${isRedirect ? ', a redirect, which senders do not follow' : ''}`,
        reason: 'Senders cannot fetch it either. Those that have no policy yet go on without one.',
        evidence,
        remedies: [example],
        source,
        ms,
      }),
    ];
  }
  const policy = parseMtaStsPolicy(reply.body);
  if (typeof policy === 'string') {
    return [
      make.finding({
        id: 'mta-sts-policy',
        level: 'fail',
        title: 'The MTA-STS policy is not well formed',
        detail: policy,
        reason: 'Senders take it for no policy.',
        evidence,
        remedies: [example],
        source: 'RFC 8461 section 3.2',
        ms,
      }),
    ];
  }
  const isPlain = /^text\/plain[ \t]*(?:;|$)/i.test(reply.contentType);
  return [
    ...(isPlain
      ? []
      : [
          make.finding({
            id: 'mta-sts-content-type',
            level: 'warn',
            title: 'The MTA-STS policy is not served as text/plain',
            detail: reply.contentType === '' ? 'it has no Content-Type' : reply.contentType,
            reason: 'Senders that are strict about it do without the policy.',
            evidence,
            remedies: [{ label: 'Have the web server send', text: 'Content-Type: text/plain' }],
            source: 'RFC 8461 section 3.2',
          }),
        ]),
    judgeMode(policy, evidence, ms, make),
    ...(policy.mode !== 'none' && policy.maxAge < goodMaxAge
      ? [
          make.finding({
            id: 'mta-sts-max-age',
            level: 'advice',
            title: 'Senders keep the MTA-STS policy only for a short time',
            detail: `${policy.maxAge} seconds; weeks are usual`,
            evidence,
            reason: 'An attacker has only to wait until the kept policy is gone.',
            remedies: [{ label: 'Set in the policy, and change the id of the record', text: 'max_age: 1209600' }],
            source: 'RFC 8461 section 3.2',
          }),
        ]
      : []),
    ...judgeHosts(policy, mxHosts, evidence, make),
  ];
}

function judgeMode(policy: MtaStsPolicy, evidence: Finding['evidence'], ms: number, make: PolicyMaker): Finding {
  const source = 'RFC 8461 section 5';
  switch (policy.mode) {
    case 'enforce':
      return make.finding({
        id: 'mta-sts-mode',
        level: 'pass',
        title: 'MTA-STS is enforced',
        detail: 'senders that follow it deliver only over verified TLS',
        evidence,
        source,
        ms,
      });
    case 'testing':
      return make.finding({
        id: 'mta-sts-mode',
        level: 'warn',
        title: 'MTA-STS is in test mode',
        detail: 'senders report failures and deliver all the same',
        evidence,
        remedies: [
          { label: 'When the TLS reports show no failures, set in the policy, and change the id of the record', text: 'mode: enforce' },
        ],
        source,
        ms,
      });
    case 'none':
      return make.finding({
        id: 'mta-sts-mode',
        level: 'info',
        title: 'MTA-STS is switched off',
        detail: 'the policy says "mode: none"',
        reason: 'That is how a policy is taken back: senders forget the one that they have.',
        evidence,
        source,
        ms,
      });
  }
}

function judgeHosts(policy: MtaStsPolicy, mxHosts: readonly string[] | null, evidence: Finding['evidence'], make: PolicyMaker): Finding[] {
  if (policy.mode === 'none') return [];
  const source = 'RFC 8461 section 4.1';
  if (mxHosts === null || mxHosts.length === 0) {
    const detail = mxHosts === null ? 'the MX are not known' : 'the domain has no MX';
    return [
      make.finding({ id: 'mta-sts-mx', level: 'skipped', title: 'The MX were not compared with the MTA-STS policy', detail, source }),
    ];
  }
  const missing = mxHosts.filter((host) => !validateMx(normalName(host), { version: 'STSv1', ...policy, mx: [...policy.mx] }).valid);
  if (missing.length === 0) {
    return [
      make.finding({
        id: 'mta-sts-mx',
        level: 'pass',
        title: 'Every MX is in the MTA-STS policy',
        detail: policy.mx.join(', '),
        evidence,
        source,
      }),
    ];
  }
  return [
    make.finding({
      id: 'mta-sts-mx',
      level: policy.mode === 'enforce' ? 'fail' : 'warn',
      title: `${missing.length === 1 ? 'An MX is' : `${missing.length} MX are`} not in the MTA-STS policy`,
      detail: missing.join(', '),
      reason:
        policy.mode === 'enforce'
          ? 'Senders that follow MTA-STS do not deliver to such a host.'
          : 'As soon as the policy is enforced, such a host gets no mail of senders that follow it.',
      evidence,
      remedies: [{ label: 'Add to the policy, and change the id of the record', text: missing.map((host) => `mx: ${host}`).join('\n') }],
      source,
    }),
  ];
}

function examplePolicy(mxHosts: readonly string[], domain: string): string {
  const hosts = mxHosts.length > 0 ? mxHosts.slice(0, 20) : [`mail.${domain}`];
  return ['version: STSv1', 'mode: testing', ...hosts.map((host) => `mx: ${host}`), 'max_age: 1209600'].join('\n');
}
