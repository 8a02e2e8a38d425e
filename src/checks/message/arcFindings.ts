// checks/message: whether the chain of those who forwarded a message holds (ARC, RFC 8617). A message without a chain gets no finding.
import type { ARCChainEntry, ARCResult } from 'mailauth';
import type { PolicyMaker } from '../policy/found.ts';
import type { Finding } from '../report.ts';

/** RFC 8617 section 4.2.1: a chain has 50 sets at most. */
const maxShown = 50;

export function arcFindings({ status, i }: ARCResult, chain: readonly ARCChainEntry[], make: PolicyMaker): Finding[] {
  const sealers = [...new Set(chain.map((entry) => valueIn(entry['arc-seal'], 'd')).filter((domain) => domain !== ''))];
  const by = sealers.length === 0 ? '' : `, sealed by ${sealers.slice(0, 5).join(' and ')}`;
  const sets = i === false ? '' : `${i} ${i === 1 ? 'set' : 'sets'}${by}`;
  const evidence = chain.length === 0 ? [] : [make.text('Who forwarded the message', chain.slice(0, maxShown).map(describe).join('\n'))];
  const shared = { id: 'message-arc', source: 'RFC 8617 section 5.2', evidence };
  switch (status.result) {
    case 'pass':
      return [
        make.finding({
          ...shared,
          level: 'pass',
          title: 'The ARC chain holds',
          detail: sets,
          reason: 'What the forwarders saw has not been changed. Whether they are believed each receiver decides for itself.',
        }),
      ];
    case 'fail':
      // mailauth names no reason where a look-up brought no answer.
      if (status.comment === undefined && status.policy === undefined)
        return [
          make.finding({
            ...shared,
            level: 'unknown',
            title: 'The ARC chain could not be verified',
            detail: sets,
            reason: 'The key of a forwarder could not be looked up.',
          }),
        ];
      return [
        make.finding({
          ...shared,
          level: 'warn',
          title: 'The ARC chain is broken',
          detail: status.comment ?? sets,
          reason:
            'Receivers that would trust the forwarders do not see what they saw. A message that passes DMARC by itself does not need the chain.',
          remedies: [
            { label: 'Have whoever forwards it seal last, after all changes to the message', text: 'ARC-Seal, ARC-Message-Signature' },
          ],
        }),
      ];
    default:
      return [];
  }
}

function describe(entry: ARCChainEntry): string {
  const seal = entry['arc-seal'];
  return `i=${entry.i}  d=${valueIn(seal, 'd')}  s=${valueIn(seal, 's')}  cv=${valueIn(seal, 'cv')}`;
}

/** A tag of a header field that came with the message: of any shape. */
function valueIn(header: unknown, tag: string): string {
  const parsed = header instanceof Object && 'parsed' in header ? header.parsed : undefined;
  const entry = parsed instanceof Object ? (parsed as Readonly<Record<string, unknown>>)[tag] : undefined;
  const value = entry instanceof Object && 'value' in entry ? entry.value : entry;
  return typeof value === 'string' ? value.slice(0, 253) : '';
}
