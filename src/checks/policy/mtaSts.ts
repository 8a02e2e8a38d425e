// checks/policy: MTA-STS (RFC 8461): the record, the policy fetched as a sender would, and whether every mail exchanger is in it.
import { validateMx } from 'mailauth/lib/mta-sts.js';
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { isLocal } from './addresses.ts';
import { maker, type PolicyMaker } from './found.ts';
import { isMtaStsRecord, type MtaStsPolicy, parseMtaStsPolicy, readMtaStsId } from './mtaStsRecord.ts';
import type { PolicyHost, PolicyReply } from './policyHost.ts';
import { normalName, textsOf } from './records.ts';

/** Seconds: RFC 8461 section 3.2 speaks of weeks or more. */
const goodMaxAge = 604_800;

/** `mxHosts`: null when the MX are not known. `fetchPolicy`: null leaves out the request to the policy host. */
export async function checkMtaSts(
  domain: string,
  mxHosts: readonly string[] | null,
  context: CheckContext,
  fetchPolicy: PolicyHost | null,
): Promise<readonly Finding[]> {
  const make = maker({ domain });
  const answer = await context.dns.lookUp(`_mta-sts.${normalName(domain)}`, 'TXT', context.signal);
  if (answer.outcome !== 'found' && !isAbsent(answer))
    return [make.unanswered('mta-sts-look-up', 'MTA-STS could not be looked up', answer)];
  const records = textsOf(answer).filter(isMtaStsRecord);
  const [record] = records;
  const shared = { source: 'RFC 8461 section 3.1', ms: answer.ms };
  if (record === undefined) {
    return [
      make.finding({
        id: 'mta-sts-none',
        level: 'skipped',
        title: 'No MTA-STS',
        detail: 'nothing asks senders to insist on TLS',
        evidence: [make.answer(answer)],
        ...shared,
      }),
    ];
  }
  if (records.length > 1 || readMtaStsId(record) === null) {
    const isMany = records.length > 1;
    return [
      make.finding({
        id: isMany ? 'mta-sts-multiple' : 'mta-sts-syntax',
        level: 'fail',
        title: isMany ? `${records.length} MTA-STS records` : 'The MTA-STS record is not well formed',
        detail: isMany ? 'senders ignore them all' : '"id=" must have 1 to 32 letters and digits',
        reason: 'Senders go on as if there were no policy, so nothing protects the connection against a downgrade.',
        evidence: [make.answer(answer, records)],
        remedies: [{ label: 'Publish', text: `${answer.name}. IN TXT "v=STSv1; id=1"` }],
        ...shared,
      }),
    ];
  }
  const found = make.finding({
    id: 'mta-sts-record',
    level: 'pass',
    title: 'One MTA-STS record, well formed',
    detail: record,
    evidence: [make.answer(answer)],
    ...shared,
  });
  if (!fetchPolicy)
    return [
      found,
      make.finding({ id: 'mta-sts-policy', level: 'skipped', title: 'The MTA-STS policy was not fetched', detail: 'it was not asked for' }),
    ];
  return [found, ...(await judgeHost(domain, mxHosts, context, fetchPolicy, make))];
}

async function judgeHost(
  domain: string,
  mxHosts: readonly string[] | null,
  context: CheckContext,
  fetchPolicy: PolicyHost,
  make: PolicyMaker,
): Promise<Finding[]> {
  const host = `mta-sts.${normalName(domain)}`;
  context.waitFor(host);
  const answers = await Promise.all([context.dns.lookUp(host, 'A', context.signal), context.dns.lookUp(host, 'AAAA', context.signal)]);
  const addresses = answers.flatMap((answer) => answer.records.flatMap(({ value }) => ('address' in value ? [value.address] : [])));
  const address = addresses.find((candidate) => context.isLab || !isLocal(candidate));
  if (address === undefined) {
    const failed = answers.find((answer) => answer.outcome !== 'found' && !isAbsent(answer));
    if (failed) return [make.unanswered('mta-sts-host', 'The policy host of MTA-STS could not be looked up', failed)];
    return [
      make.finding({
        id: 'mta-sts-host',
        level: 'fail',
        title: `${host} has no address${addresses.length > 0 ? ' on the internet' : ''}`,
        detail: 'so senders cannot fetch the policy',
        reason: 'Senders that have no policy yet go on without one; the record alone protects nothing.',
        evidence: answers.map((answer) => make.answer(answer)),
        source: 'RFC 8461 section 3.3',
      }),
    ];
  }
  const started = context.clock.monotonic();
  const reply = await fetchPolicy({
    host,
    address,
    path: '/.well-known/mta-sts.txt',
    timeout: context.timeouts.connect + context.timeouts.reply,
    signal: context.signal,
  });
  return judgeReply(`https://${host}/.well-known/mta-sts.txt`, reply, mxHosts, context.clock.monotonic() - started, make);
}

function judgeReply(url: string, reply: PolicyReply, mxHosts: readonly string[] | null, ms: number, make: PolicyMaker): Finding[] {
  const source = 'RFC 8461 section 3.3';
  if (reply.kind !== 'answered') {
    const isUnknown = reply.kind === 'timeout' || reply.kind === 'failed';
    return [
      make.finding({
        id: 'mta-sts-fetch',
        level: reply.kind === 'cancelled' ? 'skipped' : isUnknown ? 'unknown' : 'fail',
        title: 'The MTA-STS policy could not be fetched',
        detail: reply.text,
        reason: isUnknown ? '' : 'Senders cannot fetch it either, and go on without a policy.',
        evidence: [make.text('Asked for', url)],
        source,
        ms,
      }),
    ];
  }
  const evidence = [make.text(`Answer of ${url}`, `${reply.status} ${reply.contentType}\n\n${reply.body.replaceAll('\r\n', '\n')}`)];
  if (reply.status !== 200) {
    return [
      make.finding({
        id: 'mta-sts-fetch',
        level: 'fail',
        title: 'The MTA-STS policy is not there',
        detail: `the host answered with status ${reply.status}; redirects are not followed`,
        evidence,
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
        evidence,
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
            detail: reply.contentType,
            evidence,
            source,
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
