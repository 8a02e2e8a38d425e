// checks/routing: whether the name servers of a domain are there, hold its zone, and agree on where its mail goes (A16 and E11 of the list).
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, valuesOf } from '../dns/port.ts';
import { answerEvidence, finding, unansweredFinding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { judgeDelegation } from './nameServersNamed.ts';
import { judgeAnswers } from './nameServersSaid.ts';
import { askNameServer, findZone, maxNameServers } from './zone.ts';

/** Nothing for a domain that does not exist, and where no server but the configured ones can be asked. Never rejects. */
export async function checkNameServers(domain: string, context: CheckContext): Promise<readonly Finding[]> {
  if (!context.dns.askServer) return [];
  const found = await findZone(domain, context);
  if (found === null) return [];
  const { zone, ns } = found;
  if (ns.outcome !== 'found') return [await unanswered(domain, ns, context)];
  const names = [...new Set(valuesOf(ns, 'NS').map(({ host }) => host))].sort();
  const servers = await Promise.all(names.slice(0, maxNameServers).map((name) => askNameServer(name, { domain, zone }, context)));
  const all = { domain, zone, ns, servers };
  return [...(await judgeDelegation(all, names.length, context)), ...(await judgeAnswers(all, context))];
}

/** A domain of which nothing can be looked up is told by the check of its MX, once. */
async function unanswered(domain: string, ns: DnsAnswer, { dns, signal }: CheckContext): Promise<Finding> {
  const base = { id: 'ns-look-up', group: 'routing', target: { domain } } as const;
  const mx = await dns.lookUp(domain, 'MX', signal);
  if (mx.outcome === 'found' || isAbsent(mx))
    return unansweredFinding({ ...base, title: `The name servers of ${domain} could not be looked up` }, ns);
  const why = { title: 'The name servers were not asked', detail: 'nothing of the domain could be looked up' };
  return finding({ ...base, ...why, level: 'skipped', evidence: [answerEvidence(ns)], ms: ns.ms });
}
