// checks: a report without what differs between two runs that found the same: times that count down or were measured, dates in replies, names and numbers
// that servers and this program make up for each connection, the order of records. What is left differs only where the world does.
import type { Evidence, Finding, Report } from './report.ts';

/** Users and hosts that nobody has, which each run makes anew to ask for. */
const randomName = /\b(no-such-user|mailroom)-[0-9a-f]{8,12}\b/g;

/** In words; those of other findings are limits or records, which stay the same unless somebody changes them. */
const timedFindings = ['times', 'tarpit', 'greeting-time', 'mx-kept', 'relay-proof'];

/**
 * A record with its time to live: what a resolver has left of it says nothing about what is published. `name  300  TXT  "..."` as in
 * dns/present.ts.
 */
const lifetime = /^(\S+ {2})\d+ {2}(?=[A-Z]+\d* {2})/;

export function comparable(report: Report): Report {
  const findings = report.findings.map((finding) => comparableFinding(finding, report.dnsServers));
  const verdict = report.findings.reduce(
    (text, { title }, index) => text.replaceAll(title, findings[index]?.title ?? title),
    report.verdict,
  );
  const told = report.question.kind === 'dns' ? withoutRest(verdict) : verdict;
  return { ...report, verdict: wire(report.isCancelled ? told.replace(/\d+\.\d s/, '… s') : told), findings };
}

/** Of records that were looked up, with what a cache has left of their time. */
function withoutRest(text: string): string {
  return text.replace(/ \(\d+ s\)(?=[,.]| and |$)/g, ' (… s)');
}

function comparableFinding(finding: Finding, dnsServers: readonly string[]): Finding {
  const { id, level, title, detail, reason, evidence, remedies, relay } = finding;
  const words = (text: string): string => {
    if (timedFindings.includes(id)) return wire(text.replace(/\b\d+(\.\d+)? m?s\b/g, '… s'));
    return wire(id === 'certificate-dates' ? text.replace(/\bin \d+ days\b/, 'in … days') : text);
  };
  // The rest of the records' time in a cache. That it is too long is told as advice.
  const isRest = id === 'mx-ttl' && level === 'info';
  return {
    ...finding,
    title: isRest ? title.replace(/\d+ s$/, '… s') : words(title),
    detail: isRest ? '' : inOneOrder(words(id === 'record' ? withoutRest(detail) : detail)),
    reason: words(reason),
    evidence: evidence.map((each) => comparableEvidence(each, dnsServers)),
    remedies: remedies.map((remedy) => ({ ...remedy, text: wire(remedy.text) })),
    ...(relay
      ? { relay: relay.map((row) => ({ ...row, from: wire(row.from), to: wire(row.to), reply: row.reply && wire(row.reply) })) }
      : {}),
  };
}

function comparableEvidence({ label, text }: Evidence, dnsServers: readonly string[]): Evidence {
  // Whichever of several answers first.
  const asked = dnsServers.length > 1 && dnsServers.some((server) => label.endsWith(` of ${server.replace(/:53$/, '')}`));
  const lines = text.split('\n');
  // A name server turns the order of records round from answer to answer.
  const isRecords = lines.every((line) => lifetime.test(line));
  const kept = lines.map((line) => wire(line.replace(lifetime, '$1')));
  return {
    label: asked ? label.replace(/ of [^ ]+$/, ' of a name server') : wire(label),
    text: (isRecords ? kept.toSorted() : kept).join('\n'),
  };
}

/** "192.0.2.2, 192.0.2.1": addresses come in any order. */
function inOneOrder(detail: string): string {
  const parts = detail.split(', ');
  return parts.length > 1 && parts.every((part) => /^[0-9a-f:.]+$/i.test(part) && /[:.]/.test(part)) ? parts.toSorted().join(', ') : detail;
}

/** What was said on a connection, or asked with a made-up name. */
function wire(text: string): string {
  const named = text.replace(randomName, '$1');
  return /(^|[^\d.])[2-5]\d\d[ -]/.test(named) ? withoutStamps(named) : named;
}

/** Of a reply: dates (RFC 5322 section 3.3, ISO 8601) and the number of the connection or the queue, which is long and of letters and digits. */
function withoutStamps(reply: string): string {
  return reply
    .replace(
      /\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?: (?:[+-]\d{4}|[A-Z]{3,4})\b(?: \([^)]*\))?)?/g,
      '…',
    )
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '…')
    .replace(/(?<![\w.@-])(?=[\w-]*[A-Za-z])(?=(?:[\w-]*\d){4})[\w-]{10,}(?:\.\d+)?(?![\w.@-])/g, '…');
}
