// checks/addresses: which addresses a mail server has, IPv4 and IPv6 apart.
import { isIP } from 'node:net';
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import { answerEvidence, finding, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { type MailHost, resolveHost } from '../routing/hosts.ts';

export interface HostAddresses {
  readonly findings: readonly Finding[];
  readonly host: MailHost;
}

/** For a host that was asked for by name. Never rejects. */
export async function checkHostAddresses(name: string, context: CheckContext): Promise<HostAddresses> {
  const host = await resolveHost(name, null, context);
  return { findings: judgeAddresses(host), host };
}

/** Nothing for a host that is an address itself. */
export function judgeAddresses({ host, addresses, answers }: MailHost): readonly Finding[] {
  const [a, aaaa] = answers;
  if (a === undefined || aaaa === undefined) return [];
  const ms = Math.max(a.ms, aaaa.ms);
  const base = { group: 'addresses', target: { host }, ms } as const;
  const evidence = [answerEvidence(a), answerEvidence(aaaa)];
  if (addresses.length === 0) {
    const silent = answers.find((answer) => !isAbsent(answer) && answer.outcome !== 'found');
    if (silent)
      return [unansweredFinding({ ...base, id: 'address-look-up', title: `The addresses of ${host} could not be looked up` }, silent)];
    return [
      finding({
        ...base,
        id: 'address-missing',
        level: 'fail',
        title: a.outcome === 'nxDomain' ? `There is no host ${host}` : `${host} has no address`,
        detail: 'nobody can connect to it',
        reason: 'Mail for it waits at the senders and comes back after some days.',
        evidence,
        remedies: [{ label: 'Publish its address (192.0.2.1 stands for it)', text: `${host}.  A  192.0.2.1` }],
        source: 'RFC 5321 section 5.1',
      }),
    ];
  }
  const findings = [
    finding({
      ...base,
      id: 'address',
      level: 'pass',
      title: addressTitle(addresses.length, host),
      detail: addresses.join(', '),
      evidence,
      source: 'RFC 5321 section 5.1',
    }),
  ];
  if (isAbsent(aaaa))
    findings.push(
      finding({
        ...base,
        id: 'ipv6-missing',
        level: 'advice',
        title: `${host} has no IPv6 address`,
        detail: 'senders without IPv4 cannot reach it',
        reason: 'Few senders are without IPv4 today; some large ones prefer IPv6 where it is there.',
        evidence: [answerEvidence(aaaa)],
        remedies: [{ label: 'If the server has one, publish it (2001:db8::1 stands for it)', text: `${host}.  AAAA  2001:db8::1` }],
        source: 'RFC 5321 section 5.2',
      }),
    );
  const ttl = Math.max(...answers.flatMap(({ records }) => records.map((record) => record.ttl ?? 0)));
  if (ttl > longTtl)
    findings.push(
      finding({
        ...base,
        id: 'address-ttl',
        level: 'advice',
        title: `The addresses of ${host} may be kept for ${ttl} s`,
        detail: 'more than a day: a move to another address takes that long to reach everybody',
        reason: 'Until then mail goes to the old address, and waits there or is lost.',
        evidence,
        remedies: [
          {
            label: 'Publish with a time of an hour',
            text: addresses.map((address) => `${host}.  3600  ${isIP(address) === 6 ? 'AAAA' : 'A'}  ${address}`).join('\n'),
          },
        ],
        source: 'RFC 2181 section 8',
      }),
    );
  return findings;
}

/** Seconds. */
const longTtl = 86_400;

function addressTitle(count: number, host: string): string {
  return count === 1 ? `${host} has one address` : `${host} has ${count} addresses`;
}
