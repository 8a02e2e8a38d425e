// checks/policy: what mail programs find when somebody types an address of the domain: SRV records (RFC 6186, RFC 8314) and the usual host names.
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, type RecordValue, valuesOf } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { maker, type PolicyMaker } from './found.ts';
import { normalName } from './records.ts';

type Srv = Extract<RecordValue, { kind: 'SRV' }>;

const services = ['submissions', 'submission', 'imaps', 'imap', 'pop3s', 'pop3', 'autodiscover'] as const;
/** Names that Thunderbird and Outlook ask; nothing is fetched from them here. */
const hostNames = ['autoconfig', 'autodiscover'] as const;

/** Targets whose addresses are looked up. */
const maxTargets = 10;

const source = 'RFC 6186 section 3';

interface Service {
  readonly name: (typeof services)[number];
  readonly answer: DnsAnswer;
  readonly records: readonly Srv[];
}

/** Nothing for a domain that does not exist or says that it takes no mail. */
export async function checkClientSettings(domain: string, context: CheckContext): Promise<readonly Finding[]> {
  const { dns, signal } = context;
  const name = normalName(domain);
  const mx = await dns.lookUp(name, 'MX', signal);
  if (mx.outcome === 'nxDomain' || valuesOf(mx, 'MX').some(({ exchange }) => exchange === '')) return [];
  const make = maker({ domain });
  const [asked, hosts] = await Promise.all([
    Promise.all(
      services.map(async (service): Promise<Service> => {
        const answer = await dns.lookUp(`_${service}._tcp.${name}`, 'SRV', signal);
        return { name: service, answer, records: valuesOf(answer, 'SRV').toSorted((a, b) => a.priority - b.priority) };
      }),
    ),
    Promise.all(hostNames.map((host) => dns.lookUp(`${host}.${name}`, 'A', signal))),
  ]);
  const answers = [...asked.map(({ answer }) => answer), ...hosts];
  const found = answers.filter(({ outcome }) => outcome === 'found');
  const silent = answers.find((answer) => answer.outcome !== 'found' && !isAbsent(answer));
  const ms = Math.max(...answers.map((answer) => answer.ms));
  if (found.length === 0 && silent)
    return [make.unanswered('client-settings-look-up', 'Settings for mail programs could not be looked up', silent)];
  if (found.length === 0)
    return [
      make.finding({
        id: 'client-settings-none',
        level: 'info',
        title: 'Mail programs find no settings for the domain',
        detail: 'neither SRV records nor a host autoconfig or autodiscover',
        reason: 'Who sets up an account types host names and ports by hand, or the program guesses them.',
        evidence: answers.map((answer) => make.answer(answer)),
        remedies: [
          {
            label: `If people read mail at imap.${name} and send through smtp.${name}, publish`,
            text: `_imaps._tcp.${name}. IN SRV 0 1 993 imap.${name}.\n_submissions._tcp.${name}. IN SRV 0 1 465 smtp.${name}.`,
          },
        ],
        source,
        ms,
      }),
    ];
  return [
    make.finding({
      id: 'client-settings',
      level: 'info',
      title: 'Mail programs find settings for the domain',
      detail: [...asked.flatMap(describe), ...hosts.filter(({ outcome }) => outcome === 'found').map((answer) => answer.name)].join(', '),
      evidence: found.map((answer) => make.answer(answer)),
      source,
      ms,
    }),
    ...judgePlain(asked, name, make),
    ...(await judgeTargets(asked, make, context)),
  ];
}

/** RFC 6186 section 3.4: a target of the root says that the service is not offered. */
function describe({ name, records }: Service): string[] {
  const [first] = records;
  if (!first) return [];
  return [first.host === '' ? `${name} not offered` : `${name} ${first.host}:${first.port}`];
}

/** RFC 8314 section 3: TLS from the first octet is to be had beside, and preferred to, STARTTLS. */
function judgePlain(asked: readonly Service[], domain: string, make: PolicyMaker): Finding[] {
  const isOffered = (service: string): boolean =>
    asked.some(({ name, records }) => name === service && records.some(({ host }) => host !== ''));
  const alone = (['submission', 'imap', 'pop3'] as const).filter((service) => isOffered(service) && !isOffered(`${service}s`));
  if (alone.length === 0) return [];
  const ports = { submission: 465, imap: 993, pop3: 995 } as const;
  const of = (service: string): Service | undefined => asked.find(({ name }) => name === service);
  return [
    make.finding({
      id: 'client-settings-plain',
      level: 'advice',
      title: 'Mail programs are sent to ports that begin without TLS',
      detail: `${alone.join(', ')} without ${alone.map((service) => `${service}s`).join(', ')}`,
      reason: 'A connection that begins in plain text can be kept from changing to TLS by whoever is on the way.',
      evidence: alone.flatMap((service) => {
        const answer = of(service)?.answer;
        return answer ? [make.answer(answer)] : [];
      }),
      remedies: [
        {
          label: 'If the server has the port, publish beside',
          text: alone
            .map((service) => `_${service}s._tcp.${domain}. IN SRV 0 1 ${ports[service]} ${of(service)?.records[0]?.host ?? ''}.`)
            .join('\n'),
        },
      ],
      source: 'RFC 8314 section 5.1',
    }),
  ];
}

async function judgeTargets(asked: readonly Service[], make: PolicyMaker, { dns, signal }: CheckContext): Promise<Finding[]> {
  const targets = [...new Set(asked.flatMap(({ records }) => records.map(({ host }) => host)))].filter((host) => host !== '');
  const judged = await Promise.all(
    targets.slice(0, maxTargets).map(async (host) => {
      const answers = await Promise.all([dns.lookUp(host, 'A', signal), dns.lookUp(host, 'AAAA', signal)]);
      const evidence = answers.map((answer) => make.answer(answer));
      const ms = Math.max(...answers.map((answer) => answer.ms));
      if (answers.every(isAbsent))
        return make.finding({
          id: 'client-settings-host',
          level: 'warn',
          title: `${host} has no address`,
          detail: 'an SRV record sends mail programs there',
          remedies: [{ label: 'Publish its address (192.0.2.1 stands for it), or remove the SRV record', text: `${host}. IN A 192.0.2.1` }],
          evidence,
          source: 'RFC 2782',
          ms,
        });
      const alias = answers.flatMap(({ records }) => records).find(({ type }) => type === 'CNAME');
      if (!alias) return null;
      return make.finding({
        id: 'client-settings-alias',
        level: 'advice',
        title: `${host} is an alias`,
        detail: `of ${alias.data.replace(/\.$/, '')}; an SRV record must name the host itself`,
        evidence,
        source: 'RFC 2782',
        ms,
      });
    }),
  );
  return judged.filter((each) => each !== null);
}
