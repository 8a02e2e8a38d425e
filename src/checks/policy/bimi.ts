// checks/policy: the logo that a domain offers to mailbox providers (BIMI), and whether its DMARC policy lets them show it.
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { type DmarcPolicy, type DmarcRecord, strengthOf } from './dmarcRecord.ts';
import { policyFor, walkDmarc } from './dmarcTree.ts';
import { maker, type PolicyMaker } from './found.ts';
import { isMissing, normalName, textsOf, txtLine } from './records.ts';
import { readTags, tagValue } from './tags.ts';

const source = 'draft-brand-indicators-for-message-identification';

export async function checkBimi(domain: string, context: CheckContext): Promise<readonly Finding[]> {
  const make = maker({ domain });
  const answer = await context.dns.lookUp(`default._bimi.${normalName(domain)}`, 'TXT', context.signal);
  if (answer.outcome !== 'found' && !isAbsent(answer)) return [make.unanswered('bimi-look-up', 'BIMI could not be looked up', answer)];
  const records = textsOf(answer).filter((text) => /^v=BIMI1[ \t]*(?:;|$)/i.test(text));
  const [record] = records;
  const shared = { evidence: [make.answer(answer, records.length > 1 ? records : [])], source, ms: answer.ms };
  if (record === undefined && (await isMissing(domain, context)))
    return [
      make.finding({ id: 'bimi-none', level: 'skipped', title: 'No BIMI to look at', detail: 'the domain does not exist', ...shared }),
    ];
  if (record === undefined) return [make.finding({ id: 'bimi-none', level: 'info', title: 'No BIMI logo', ...shared })];
  const problem = records.length > 1 ? `${records.length} records: mailbox providers ignore them all` : whatIsWrong(record);
  if (problem !== '')
    return [
      make.finding({
        id: 'bimi-syntax',
        level: 'warn',
        title: 'The BIMI record cannot be used',
        detail: problem,
        reason: 'Mailbox providers show no logo.',
        remedies: [{ label: 'Publish one record', text: `${answer.name}. IN TXT "v=BIMI1; l=https://${normalName(domain)}/logo.svg"` }],
        ...shared,
      }),
    ];
  const logo = tagValue(readTags(record), 'l') ?? '';
  if (logo === '') return [make.finding({ id: 'bimi-declined', level: 'info', title: 'The domain wants no BIMI logo', ...shared })];
  return [
    make.finding({ id: 'bimi-record', level: 'info', title: 'A BIMI logo is published', detail: logo, ...shared }),
    ...(await judgePolicy(domain, make, context)),
  ];
}

function whatIsWrong(record: string): string {
  const list = readTags(record);
  const logo = tagValue(list, 'l');
  const evidence = tagValue(list, 'a') ?? '';
  if (list.problems[0]) return list.problems[0].text;
  if (logo === undefined) return '"l=" is missing';
  if (logo !== '' && (/\s/.test(logo) || !/^https:\/\/.+\.svgz?(?:\?.*)?$/i.test(logo)))
    return '"l=" must be an https: address of an SVG file';
  if (evidence !== '' && evidence !== 'self' && !/^https:\/\/\S+$/i.test(evidence))
    return '"a=" must be an https: address of a certificate';
  return '';
}

/** The logo is shown only for mail that a strict policy protects, below the domain too. */
async function judgePolicy(domain: string, make: PolicyMaker, context: CheckContext): Promise<Finding[]> {
  const tree = await walkDmarc(domain, context);
  if (!tree.found && tree.failure)
    return [make.unanswered('bimi-dmarc', 'Whether DMARC lets the BIMI logo be shown is not known', tree.failure)];
  const record = tree.found?.record;
  const problem = whatDmarcLacks(record, policyFor(tree));
  if (problem === '') return [];
  const name = `_dmarc.${tree.found?.domain ?? tree.domain}`;
  return [
    make.finding({
      id: 'bimi-dmarc',
      level: 'advice',
      title: 'The BIMI logo will not be shown',
      detail: problem,
      reason: 'A logo says that the mail is genuine, so providers show it only where forged mail is put aside or refused.',
      evidence: tree.steps.map((step) => make.answer(step.answer)),
      remedies: [
        {
          label: 'When the reports of DMARC show only your own servers, publish',
          text: txtLine(name, record ? strict(record.text) : `v=DMARC1; p=quarantine; rua=mailto:dmarc@${tree.domain}`),
        },
      ],
      source,
    }),
  ];
}

/** '' for a policy that is strict enough. */
function whatDmarcLacks(record: DmarcRecord | null | undefined, policy: DmarcPolicy | null): string {
  if (!record) return 'the domain has no DMARC policy';
  if (policy === null || strengthOf(policy) === 0) return 'DMARC must be at "quarantine" or "reject"';
  if (record.subdomainPolicy === 'none') return 'DMARC lets subdomains be forged: "sp=none"';
  return record.isTest ? 'DMARC is in test mode: "t=y"' : '';
}

function strict(text: string): string {
  return text.replace(/\b(s?p)(\s*=\s*)none\b/gi, '$1$2quarantine').replace(/;?\s*\bt\s*=\s*y\b/i, '');
}
