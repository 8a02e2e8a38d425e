// checks/policy: tags of a DMARC record that receivers pass over: gone, unknown, or with values that nobody knows.
import type { Finding } from '../report.ts';
import type { DmarcRecord } from './dmarcRecord.ts';
import type { DmarcStep } from './dmarcTree.ts';
import type { PolicyMaker } from './found.ts';
import { txtLine } from './records.ts';

export function judgeTags(found: DmarcStep, record: DmarcRecord, make: PolicyMaker): Finding[] {
  const label = `DMARC record of ${found.domain}`;
  const named = (tags: DmarcRecord['tags']) => tags.map((tag) => `${tag.name}=${tag.value}`).join(', ');
  const findings: Finding[] = [];
  if (record.removed.length > 0) {
    findings.push(
      make.finding({
        id: 'dmarc-removed-tags',
        level: 'advice',
        title: 'Tags that DMARC no longer has',
        detail: named(record.removed),
        reason: 'RFC 9989 took out pct, rf and ri. Receivers that follow it apply the policy to all mail; a partial policy is now "t=y".',
        remedies: [{ label: 'Publish without them', text: without(found, record, record.removed) }],
        evidence: [make.text(label, record.text, record.removed)],
        source: 'RFC 9989 appendix C',
      }),
    );
  }
  if (record.unknown.length > 0) {
    findings.push(
      make.finding({
        id: 'dmarc-unknown-tags',
        level: 'advice',
        title: 'Tags that DMARC does not know',
        detail: named(record.unknown),
        reason: 'Receivers ignore them. Names of tags are written in small letters.',
        remedies: [{ label: 'Publish without them', text: without(found, record, record.unknown) }],
        evidence: [make.text(label, record.text, record.unknown)],
        source: 'RFC 9989 section 4.7',
      }),
    );
  }
  if (record.ignored.length > 0) {
    findings.push(
      make.finding({
        id: 'dmarc-tag-values',
        level: 'warn',
        title: 'Values that DMARC does not know',
        detail: named(record.ignored),
        reason: 'Receivers use the default of the tag instead.',
        remedies: [{ label: 'Correct them, or publish without them', text: without(found, record, record.ignored) }],
        evidence: [make.text(label, record.text, record.ignored)],
        source: 'RFC 9989 section 4.7',
      }),
    );
  }
  return findings;
}

function without(found: DmarcStep, record: DmarcRecord, tags: DmarcRecord['tags']): string {
  const kept = record.tags.filter((tag) => !tags.includes(tag)).map(({ start, end }) => record.text.slice(start, end));
  return txtLine(`_dmarc.${found.domain}`, kept.join('; '));
}
