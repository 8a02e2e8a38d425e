// checks/routing: what the NS records of a zone by themselves say: how many, and whether each name leads to a server.
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import { answerEvidence, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { unregistered } from './hosts.ts';
import { maxNameServers, type NameServer, nameServerFinding, type Zone } from './zone.ts';

/** `count`: of names in the NS records; `all.servers` are the first of them. */
export async function judgeDelegation(all: Zone, count: number, context: CheckContext): Promise<Finding[]> {
  const each = await Promise.all(all.servers.map((server) => judgeName(all, server, context)));
  return [judgeCount(all, count), ...each.flat(), ...judgeAddresses(all)];
}

function judgeCount(all: Zone, count: number): Finding {
  const names = all.servers.map(({ host }) => host).join(', ');
  const shared = { evidence: [answerEvidence(all.ns)], source: 'RFC 2182 section 5', ms: all.ns.ms };
  if (count === 1)
    return nameServerFinding(all, {
      id: 'ns',
      level: 'advice',
      title: `One name server for ${all.zone}`,
      detail: `${names}; while it is down, the domain cannot be found`,
      reason: 'Senders then put mail off, and nobody finds the web site either. Zones have at least two, in different networks.',
      remedies: [
        { label: 'Have a second server hold the zone, and publish, here and at the registry', text: `${all.zone}.  NS  ns2.${all.zone}.` },
      ],
      ...shared,
    });
  if (count > maxNameServers)
    return nameServerFinding(all, {
      id: 'ns',
      level: 'advice',
      title: `${count} name servers for ${all.zone}`,
      detail: `only ${maxNameServers} of them are asked; more than seven help nobody`,
      reason: 'Each has to be kept in step, and so many make answers large.',
      remedies: [
        {
          label: 'Keep a handful, here and at the registry',
          text: all.servers
            .slice(0, 4)
            .map(({ host }) => `${all.zone}.  NS  ${host}.`)
            .join('\n'),
        },
      ],
      ...shared,
    });
  return nameServerFinding(all, { id: 'ns', level: 'pass', title: `${count} name servers for ${all.zone}`, detail: names, ...shared });
}

async function judgeName(all: Zone, { host, addresses, answers, address }: NameServer, context: CheckContext): Promise<Finding[]> {
  const evidence = answers.map((answer) => answerEvidence(answer));
  const alias = answers.flatMap(({ records }) => records).find(({ type }) => type === 'CNAME');
  const findings: Finding[] = [];
  if (alias)
    findings.push(
      nameServerFinding(
        all,
        {
          id: 'ns-cname',
          level: 'warn',
          title: `Name server ${host} is an alias`,
          detail: `of ${alias.data.replace(/\.$/, '')}; an NS record must name the server itself`,
          reason: 'Many resolvers do not follow an alias there, and take the server for one that is not there.',
          evidence,
          remedies: [{ label: 'Publish in its place', text: `${all.zone}.  NS  ${alias.data}` }],
          source: 'RFC 2181 section 10.3',
        },
        host,
      ),
    );
  if (addresses.length === 0) return [...findings, await withoutAddress(all, host, answers, evidence, context)];
  if (address === null)
    findings.push(
      nameServerFinding(
        all,
        {
          id: 'ns-private',
          level: 'warn',
          title: `Name server ${host} has an address that the internet cannot reach`,
          detail: `${addresses[0]}; it was not asked`,
          evidence,
          source: 'RFC 6890 section 2.2.2',
        },
        host,
      ),
    );
  return findings;
}

async function withoutAddress(
  all: Zone,
  host: string,
  answers: NameServer['answers'],
  evidence: Finding['evidence'],
  context: CheckContext,
): Promise<Finding> {
  const silent = answers.find((answer) => answer.outcome !== 'found' && !isAbsent(answer));
  if (silent) {
    const title = `The addresses of the name server ${host} could not be looked up`;
    return unansweredFinding({ id: 'ns-host-look-up', group: 'routing', title, target: { domain: all.domain, host } }, silent);
  }
  const isMissing = answers.some(({ outcome }) => outcome === 'nxDomain');
  const free = isMissing ? await unregistered(host, context) : undefined;
  return nameServerFinding(
    all,
    {
      id: 'ns-dangling',
      level: free === undefined ? 'warn' : 'fail',
      title: isMissing ? `Name server ${host} does not exist` : `Name server ${host} has no address`,
      detail: free === undefined ? 'resolvers try it in vain' : `nobody seems to own ${free}: whoever registers it answers for ${all.zone}`,
      reason:
        free === undefined
          ? 'Each look-up that begins with it takes longer, and the others carry its share.'
          : 'Who answers for a zone decides where its mail and its visitors go. Remove the record today, here and at the registry.',
      evidence,
      remedies: free === undefined ? [] : [{ label: 'Remove', text: `${all.zone}.  NS  ${host}.` }],
      source: 'RFC 1912 section 2.8',
    },
    host,
  );
}

function judgeAddresses(all: Zone): Finding[] {
  const known = all.servers.filter(({ addresses }) => addresses.length > 0);
  const distinct = new Set(known.flatMap(({ addresses }) => addresses));
  const isOne = known.length > 1 && known.every(({ addresses }) => addresses.every((address) => known[0]?.addresses.includes(address)));
  if (!isOne) return [];
  return [
    nameServerFinding(all, {
      id: 'ns-same-address',
      level: 'advice',
      title: `The ${known.length} name servers are one server`,
      detail: `they have the same ${distinct.size === 1 ? 'address' : 'addresses'}: ${[...distinct].join(', ')}`.slice(0, 300),
      evidence: known.flatMap(({ answers }) =>
        answers.filter(({ outcome }) => outcome === 'found').map((answer) => answerEvidence(answer)),
      ),
      source: 'RFC 2182 section 3.1',
    }),
  ];
}
