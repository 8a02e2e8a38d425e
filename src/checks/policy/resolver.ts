// checks/policy: our look-ups in the shape mailauth asks for (that of node:dns), so that its verdicts rest on the same answers and cache.
import type { DNSResolver } from 'mailauth';
import type { CheckContext } from '../context.ts';
import { type DnsOutcome, recordTypes, valuesOf } from '../dns/port.ts';

const codes: Readonly<Record<Exclude<DnsOutcome, 'found'>, string>> = {
  noData: 'ENODATA',
  nxDomain: 'ENOTFOUND',
  servFail: 'ESERVFAIL',
  refused: 'EREFUSED',
  timeout: 'ETIMEOUT',
  failed: 'EBADRESP',
  cancelled: 'ECANCELLED',
};

/** As `dns.promises.resolve`; rejects with an error that has one of its codes. */
export function resolverOver(context: CheckContext): DNSResolver {
  const resolve = async (name: string, type: string): Promise<unknown[]> => {
    const known = recordTypes.find((candidate) => candidate === type);
    if (!known) throw Object.assign(new Error(`no look-up of ${type}`), { code: 'ENODATA' });
    const answer = await context.dns.lookUp(name, known, context.signal);
    if (answer.outcome !== 'found') throw Object.assign(new Error(`${answer.outcome}: ${name} ${type}`), { code: codes[answer.outcome] });
    switch (known) {
      case 'A':
      case 'AAAA':
        return answer.records.flatMap(({ value }) => (value.kind === known && 'address' in value ? [value.address] : []));
      case 'MX':
        return valuesOf(answer, 'MX').map(({ preference, exchange }) => ({ priority: preference, exchange }));
      case 'TXT':
        return valuesOf(answer, 'TXT').map(({ strings }) => [...strings]);
      default:
        return answer.records.flatMap(({ value }) => (value.kind === known && 'host' in value ? [value.host] : []));
    }
  };
  // mailauth's own type leaves out the objects that an MX is.
  return resolve as DNSResolver;
}
