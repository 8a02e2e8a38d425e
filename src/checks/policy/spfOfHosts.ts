// checks/policy: whether SPF lets the hosts that take a domain's mail send it too. It need not: only many small domains have one server for both.
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { maker } from './found.ts';
import { textsOf, txtLine } from './records.ts';
import { judgeSpf } from './spfEvaluation.ts';
import { isSpfRecord } from './spfRecord.ts';

export interface HostAddress {
  readonly host: string;
  readonly address: string;
}

/** Of all hosts together. */
const maxAddresses = 8;

/** Nothing where no address is known. A fact, never a fault. */
export async function checkSpfOfHosts(domain: string, hosts: readonly HostAddress[], context: CheckContext): Promise<readonly Finding[]> {
  if (hosts.length === 0) return [];
  const make = maker({ domain });
  const answer = await context.dns.lookUp(domain, 'TXT', context.signal);
  const records = textsOf(answer).filter(isSpfRecord);
  const [record] = records;
  const base = { id: 'spf-mx-hosts', source: 'RFC 7208 section 2.4' } as const;
  if (record === undefined || records.length > 1) {
    const isKnown = answer.outcome === 'found' || isAbsent(answer);
    const detail = !isKnown
      ? 'SPF could not be looked up'
      : records.length > 1
        ? 'there are several SPF records'
        : 'there is no SPF record';
    return [make.finding({ ...base, level: 'skipped', title: 'The MX hosts were not compared with SPF', detail })];
  }
  const judged = await Promise.all(
    hosts.slice(0, maxAddresses).map(async ({ host, address }) => {
      context.doing(`comparing ${host}`);
      const { result } = await judgeSpf(address, `postmaster@${domain}`, domain, context);
      return { host, address, result };
    }),
  );
  const others = judged.filter(({ result }) => result !== 'pass');
  const lines = judged.map(({ host, address, result }) => `${address}  ${host}  ${result}`);
  const evidence = [make.answer(answer), make.text('What SPF says of mail from there', lines.join('\n'))];
  if (others.some(({ result }) => result === 'temperror' || result === 'permerror')) {
    const detail = 'the record itself cannot be judged';
    return [make.finding({ ...base, level: 'skipped', title: 'The MX hosts were not compared with SPF', detail, evidence })];
  }
  if (others.length === 0)
    return [
      make.finding({
        ...base,
        level: 'info',
        title: 'SPF lets the MX hosts send too',
        detail: judged.length === 1 ? `their one address, ${judged[0]?.address ?? ''}` : `all ${judged.length} addresses`,
        evidence,
      }),
    ];
  return [
    make.finding({
      ...base,
      level: 'info',
      title: `SPF does not let ${others.length === judged.length ? 'the MX hosts' : `${others.length} of ${judged.length} addresses of the MX hosts`} send`,
      detail: `right, unless they also send mail of ${domain}`,
      evidence,
      remedies: [{ label: 'If they also send, publish', text: txtLine(domain, `${record.slice(0, 6)} mx${record.slice(6)}`) }],
    }),
  ];
}
