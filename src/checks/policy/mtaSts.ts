// checks/policy: MTA-STS (RFC 8461): the record that announces a policy, and the host that has it.
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { isLocal } from './addresses.ts';
import { maker, type PolicyMaker } from './found.ts';
import { isMtaStsRecord, readMtaStsId } from './mtaStsRecord.ts';
import { judgeMtaStsReply } from './mtaStsReply.ts';
import type { PolicyHost, PolicyReply } from './policyHost.ts';
import { normalName, textsOf } from './records.ts';

const path = '/.well-known/mta-sts.txt';
/** Of the policy host; a fourth would take the time of the others. */
const maxAddresses = 3;

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
    const host = await context.dns.lookUp(`mta-sts.${normalName(domain)}`, 'A', context.signal);
    if (host.outcome === 'found')
      return [
        make.finding({
          id: 'mta-sts-unannounced',
          level: 'advice',
          title: 'A policy host of MTA-STS without a record',
          detail: `${host.name} is there, but nothing tells senders to look for a policy`,
          evidence: [make.answer(answer), make.answer(host)],
          remedies: [{ label: 'If it has a policy, publish', text: `${answer.name}. IN TXT "v=STSv1; id=1"` }],
          ...shared,
        }),
      ];
    const mx = await context.dns.lookUp(normalName(domain), 'MX', context.signal);
    const takesNone = mx.outcome === 'nxDomain' ? 'the domain does not exist' : mxHosts?.length === 0 ? 'no MX record names a host' : '';
    if (takesNone !== '')
      return [
        make.finding({
          id: 'mta-sts-none',
          level: 'skipped',
          title: 'No MTA-STS',
          detail: takesNone,
          evidence: [make.answer(mx)],
          ...shared,
        }),
      ];
    return [
      make.finding({
        id: 'mta-sts-none',
        level: 'advice',
        title: 'No MTA-STS',
        detail: 'nothing asks senders to insist on TLS',
        reason:
          'Whoever sits between the servers can switch encryption off and read the mail. MTA-STS or DANE keeps senders that know it from that.',
        evidence: [make.answer(answer)],
        remedies: [
          {
            label: `Serve a policy at https://mta-sts.${normalName(domain)}${path}, in mode "testing" first, and publish`,
            text: `${answer.name}. IN TXT "v=STSv1; id=1"`,
          },
        ],
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
  const usable = addresses.filter((candidate) => context.isLab || !isLocal(candidate));
  if (usable.length === 0) {
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
        remedies: [
          { label: 'Publish the address of a web server (192.0.2.1 stands for it) that has the policy', text: `${host}. IN A 192.0.2.1` },
        ],
        source: 'RFC 8461 section 3.3',
      }),
    ];
  }
  const started = context.clock.monotonic();
  const reply = await fetchFromOne(host, usable.slice(0, maxAddresses), context, fetchPolicy);
  return judgeMtaStsReply(
    { domain, url: `https://${host}${path}`, reply, mxHosts, ms: Math.round(context.clock.monotonic() - started) },
    make,
  );
}

/** As senders do: the next address where one cannot be reached. */
async function fetchFromOne(
  host: string,
  addresses: readonly string[],
  context: CheckContext,
  fetchPolicy: PolicyHost,
): Promise<PolicyReply> {
  const timeout = (context.timeouts.connect + context.timeouts.reply) / Math.max(1, addresses.length);
  let reply: PolicyReply = { kind: 'failed', text: 'no address' };
  for (const address of addresses) {
    context.doing(`fetching https://${host}${addresses.length > 1 ? ` from ${address}` : ''}`);
    reply = await fetchPolicy({ host, address, path, timeout, signal: context.signal });
    if (reply.kind !== 'timeout' && reply.kind !== 'refused' && reply.kind !== 'failed') break;
  }
  return reply;
}
