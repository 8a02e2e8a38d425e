// checks/routing: what the MX records by themselves say, before any of their hosts is asked for.
import { isIP } from 'node:net';
import { valuesOf } from '../dns/port.ts';
import { escapeOctets } from '../dns/present.ts';
import { answerEvidence, type Draft, finding } from '../finding.ts';
import type { Finding } from '../report.ts';
import { type Mx, maxHosts, type Route } from './route.ts';

/** Nothing where there are no MX records. */
export function judgeRecords(route: Route): Finding[] {
  const records = valuesOf(route.mx, 'MX');
  if (records.length === 0) return [];
  const make = (draft: Omit<Draft, 'group'>, isWrong: (mx: Mx) => boolean = () => false): Finding =>
    finding({
      group: 'routing',
      target: { domain: route.domain },
      ms: route.mx.ms,
      evidence: [answerEvidence(route.mx, ({ value }) => value.kind === 'MX' && isWrong(value))],
      ...draft,
    });
  return [...judgeNull(route, records, make), ...(route.exchanges.length > 0 ? judgeSet(route, records, make) : [])];
}

type Make = (draft: Omit<Draft, 'group'>, isWrong?: (mx: Mx) => boolean) => Finding;

const isNullMx = ({ exchange }: Mx): boolean => exchange === '';

function judgeNull({ domain, kind }: Route, records: readonly Mx[], make: Make): Finding[] {
  if (!records.some(isNullMx)) return [];
  const source = 'RFC 7505 section 3';
  if (kind !== 'null')
    return [
      make(
        {
          id: 'mx-null-mixed',
          level: 'warn',
          title: 'A null MX beside other MX records',
          detail: 'one says that no mail is taken, the others where it goes',
          reason: 'Some senders then refuse to send, others deliver. Keep the null MX or the others.',
          remedies: [{ label: 'If the domain takes mail, remove', text: `${domain}.  MX  0 .` }],
          source,
        },
        isNullMx,
      ),
    ];
  const findings = [
    make({
      id: 'mx-null',
      level: 'info',
      title: `${domain} takes no mail`,
      detail: 'its null MX says so',
      reason: 'Senders give up at once, with a clear message to whoever wrote. That is right for a domain without mailboxes.',
      source,
    }),
  ];
  if (records.some(({ preference }) => preference !== 0))
    findings.push(
      make(
        {
          id: 'mx-null-preference',
          level: 'advice',
          title: 'The null MX has another preference than 0',
          detail: 'some senders may not take it for a null MX',
          reason: 'Such a sender looks for a host without a name, fails, and keeps the mail for days before it gives up.',
          remedies: [{ label: 'Publish this record in its place', text: `${domain}.  MX  0 .` }],
          source,
        },
        isNullMx,
      ),
    );
  return findings;
}

function judgeSet({ domain, exchanges }: Route, records: readonly Mx[], make: Make): Finding[] {
  const named = records.filter((mx) => !isNullMx(mx));
  const hosts = new Set(named.map(({ exchange }) => exchange));
  const findings: Finding[] = [];
  if (hosts.size > maxHosts)
    findings.push(
      make({
        id: 'mx-many',
        level: 'warn',
        title: `${hosts.size} MX hosts`,
        detail: `only the first ${maxHosts} are looked at`,
        reason: 'Senders try a few of them and give up. So many answers do not fit into a datagram either.',
        remedies: [{ label: 'Keep a handful, for example', text: linesOf(domain, exchanges.slice(0, 4)) }],
        source: 'RFC 5321 section 5.1',
      }),
    );
  findings.push(
    make({
      id: 'mx',
      level: 'pass',
      title: hosts.size === 1 ? 'One MX host' : `${hosts.size} MX hosts`,
      detail: exchanges
        .slice(0, 5)
        .map(({ exchange, preference }) => `${preference} ${exchange}`)
        .join(', '),
      source: 'RFC 5321 section 5.1',
    }),
  );
  const literals = named.filter(({ exchange }) => isIP(exchange) !== 0);
  if (literals.length > 0)
    findings.push(
      make(
        {
          id: 'mx-literal',
          level: 'fail',
          title: literals.length === 1 ? 'An MX record names an address' : `${literals.length} MX records name addresses`,
          detail: 'an MX record must name a host',
          reason: 'Senders ask for the address of a host that has this address as its name, find none, and cannot deliver there.',
          remedies: literals.slice(0, 5).flatMap(({ preference, exchange }, at) => [
            {
              label: 'Publish a name for the address, and that name as MX',
              text: `mx${at + 1}.${domain}.  ${isIP(exchange) === 6 ? 'AAAA' : 'A'}  ${exchange}\n${domain}.  MX  ${preference} mx${at + 1}.${domain}.`,
            },
          ]),
          source: 'RFC 5321 section 5.1',
        },
        (mx) => literals.includes(mx),
      ),
    );
  const invalid = named.filter(({ exchange }) => isIP(exchange) === 0 && !isHostName(exchange));
  if (invalid.length > 0)
    findings.push(
      make(
        {
          id: 'mx-invalid-name',
          level: 'warn',
          title:
            invalid.length === 1
              ? `MX host ${escapeOctets(invalid[0]?.exchange ?? '')} has a name that host names cannot have`
              : `${invalid.length} MX hosts have names that host names cannot have`,
          detail:
            invalid.length === 1
              ? 'letters, digits and hyphens are allowed'
              : `${invalid
                  .slice(0, 5)
                  .map(({ exchange }) => escapeOctets(exchange))
                  .join(', ')}: letters, digits and hyphens are allowed`.slice(0, 300),
          reason: 'Some senders refuse such a name and do not deliver. No certificate can be had for it either.',
          remedies: [
            {
              label: 'Give the host another name, with its addresses, and publish',
              text: linesOf(
                domain,
                invalid.slice(0, 5).map((mx) => ({ ...mx, exchange: asHostName(mx.exchange) })),
              ),
            },
          ],
          source: 'RFC 1123 section 2.1',
        },
        (mx) => invalid.includes(mx),
      ),
    );
  if (named.length > hosts.size)
    findings.push(
      make(
        {
          id: 'mx-repeated',
          level: 'advice',
          title: 'The same MX host is named more than once',
          detail: 'senders try it again where another host would help',
          reason: 'It takes the place of nothing, but makes an outage look longer to senders.',
          remedies: [{ label: 'Publish each host once', text: linesOf(domain, exchanges.slice(0, 10)) }],
          source: 'RFC 5321 section 5.1',
        },
        (mx) => named.filter(({ exchange }) => exchange === mx.exchange).length > 1,
      ),
    );
  if (hosts.size === 1)
    findings.push(
      make({
        id: 'mx-single',
        level: 'advice',
        title: 'One MX host only',
        detail: 'while it is down, mail waits at the senders',
        reason: 'Senders keep mail for some days and try again, so a short outage loses nothing. A second host shortens the wait.',
        remedies: [
          {
            label: 'If there is a second server, publish it too',
            text: `${domain}.  MX  ${(exchanges[0]?.preference ?? 10) + 10} mx2.${domain}.`,
          },
        ],
        source: 'RFC 5321 section 5.1',
      }),
    );
  const tied = exchanges.filter((mx) => exchanges.some((other) => other !== mx && other.preference === mx.preference));
  if (tied.length > 0)
    findings.push(
      make({
        id: 'mx-tied',
        level: 'info',
        title: `${tied.length} MX hosts share a preference`,
        detail: 'senders choose among them at random: the load is shared',
        source: 'RFC 5321 section 5.1',
      }),
    );
  return findings;
}

function linesOf(domain: string, records: readonly Mx[]): string {
  return records.map(({ preference, exchange }) => `${domain}.  MX  ${preference} ${exchange}.`).join('\n');
}

/** A name that is allowed and near to it. */
function asHostName(name: string): string {
  const labels = name.split('.').map((label) =>
    label
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 63),
  );
  return labels.map((label) => label || 'mx').join('.');
}

/** RFC 1123 section 2.1: letters, digits and hyphens, no hyphen at either end. */
function isHostName(name: string): boolean {
  return name.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
