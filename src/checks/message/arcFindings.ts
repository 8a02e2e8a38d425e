// checks/message: whether the chain of those who forwarded a message holds (ARC, RFC 8617). A message without a chain gets no finding.
import type { ARCResult } from 'mailauth';
import type { PolicyMaker } from '../policy/found.ts';
import type { Finding } from '../report.ts';

export function arcFindings({ status, i }: ARCResult, make: PolicyMaker): Finding[] {
  const detail = status.comment ?? (i === false ? '' : `${i} ${i === 1 ? 'set' : 'sets'}`);
  const shared = { id: 'message-arc', source: 'RFC 8617 section 5.2', detail };
  switch (status.result) {
    case 'pass':
      return [make.finding({ ...shared, level: 'pass', title: 'The ARC chain holds' })];
    case 'fail':
      // mailauth names no reason where a look-up brought no answer.
      if (status.comment === undefined && status.policy === undefined)
        return [make.finding({ ...shared, level: 'unknown', title: 'The ARC chain could not be verified' })];
      return [
        make.finding({
          ...shared,
          level: 'warn',
          title: 'The ARC chain is broken',
          reason:
            'Receivers that would trust the forwarders do not see what they saw. A message that passes DMARC by itself does not need the chain.',
        }),
      ];
    default:
      return [];
  }
}
