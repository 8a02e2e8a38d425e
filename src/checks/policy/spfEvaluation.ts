// checks/policy: whether mail from a given address would pass SPF, judged by mailauth over our look-ups.
import { isIP } from 'node:net';
import { spf } from 'mailauth/lib/spf/index.js';
import type { CheckContext } from '../context.ts';
import type { Finding, Level, Remedy } from '../report.ts';
import { maker } from './found.ts';
import { txtLine } from './records.ts';
import { resolverOver } from './resolver.ts';
import { matchSpf, type SpfMatch } from './spfMatch.ts';
import type { SpfTerm } from './spfRecord.ts';
import { showTree } from './spfText.ts';
import type { SpfNode } from './spfTree.ts';

export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'permerror' | 'temperror';

export interface SpfVerdict {
  readonly result: SpfResult;
  readonly comment: string;
  /** The domain that was judged: of MAIL FROM, or of EHLO for the null sender. */
  readonly domain: string;
  readonly record: string;
}

const results: readonly SpfResult[] = ['pass', 'fail', 'softfail', 'neutral', 'none', 'permerror', 'temperror'];

/** RFC 7208 section 4: check_host(), strictly. `sender` '': the null sender, which is judged by `helo`. */
export async function judgeSpf(ip: string, sender: string, helo: string, context: CheckContext): Promise<SpfVerdict> {
  const judged = await spf({
    ip,
    sender,
    helo,
    mta: 'receiver.invalid',
    resolver: resolverOver(context),
    strict: true,
    maxElapsedTime: context.timeouts.dns * 4,
  });
  const result = results.find((candidate) => candidate === judged.status.result) ?? 'temperror';
  return {
    result,
    comment: `${judged.status.comment ?? ''}`.replace(/^receiver\.invalid: /, ''),
    domain: judged.domain,
    record: judged.rr ?? '',
  };
}

const verdicts: Readonly<Record<SpfResult, { readonly level: Level; readonly title: string; readonly reason: string }>> = {
  pass: { level: 'pass', title: 'passes SPF', reason: '' },
  fail: { level: 'fail', title: 'fails SPF', reason: 'Many receivers refuse it for that alone; DMARC then rests on DKIM.' },
  softfail: {
    level: 'warn',
    title: 'is marked by SPF as suspicious (softfail)',
    reason: 'Receivers take it, but are wary; DMARC then rests on DKIM.',
  },
  neutral: { level: 'info', title: 'is neutral to SPF', reason: 'To DMARC that is no pass.' },
  none: { level: 'info', title: 'finds no SPF record', reason: 'To DMARC that is no pass.' },
  permerror: {
    level: 'fail',
    title: 'makes receivers stop with a permanent error',
    reason: 'What is wrong with the record is told beside this. Until it is right, no mail of the domain passes by what comes after it.',
  },
  temperror: {
    level: 'unknown',
    title: 'could not be judged: a look-up failed',
    reason: 'A receiver would put the mail off and try again, or go on without SPF.',
  },
};

/** One finding: would mail of the domain of `tree` from `ip` pass, and which term decides? `sender`: default postmaster of the domain. */
export async function evaluateSpf(tree: SpfNode, ip: string, sender: string | undefined, context: CheckContext): Promise<Finding> {
  const { domain } = tree;
  const make = maker({ domain, address: ip });
  if (isIP(ip) === 0) {
    return make.finding({ id: 'spf-evaluation', level: 'skipped', title: 'SPF was not evaluated', detail: `"${ip}" is no IP address` });
  }
  const from = sender ?? `postmaster@${domain}`;
  const started = context.clock.monotonic();
  const { result, comment } = await judgeSpf(ip, from, domain, context);
  const why = await explainSpf(tree, ip, result, context);
  return make.finding({
    id: 'spf-evaluation',
    level: verdicts[result].level,
    title: `Mail from ${ip} ${verdicts[result].title}`,
    detail: why.detail ?? comment,
    reason: verdicts[result].reason,
    evidence: [make.text(`The record for ${from}, with look-ups, as a receiver goes through it`, why.tree)],
    remedies: why.remedies,
    source: 'RFC 7208 section 2.6',
    ms: context.clock.monotonic() - started,
  });
}

export interface SpfExplanation {
  /** Half a sentence; null: the term that decides is not known. */
  readonly detail: string | null;
  /** The record with everything it includes, and what each term does to the client. */
  readonly tree: string;
  readonly remedies: readonly Remedy[];
}

/** Where the verdict comes from, and what to publish if the client is one's own. */
export async function explainSpf(tree: SpfNode, ip: string, result: SpfResult, context: CheckContext): Promise<SpfExplanation> {
  const match = await matchSpf(tree, ip, context);
  const deciding = match.path.find(({ term }) => term.name !== 'redirect');
  const isExplained = deciding !== undefined && resultOf[deciding.term.qualifier] === result;
  return {
    detail: isExplained ? because(match) : null,
    tree: showTree(tree, (term) => remark(term, match)),
    remedies: result === 'fail' || result === 'softfail' || result === 'neutral' ? [withAddress(tree, ip)] : [],
  };
}

const resultOf: Readonly<Record<SpfTerm['qualifier'], SpfResult>> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' };

function remark(term: SpfTerm, { states }: SpfMatch): string {
  const state = states.get(term) ?? '';
  return state === 'matches' && term.qualifier !== '+' ? `matches: ${resultOf[term.qualifier]}` : state;
}

function because({ path }: SpfMatch): string {
  const decides = path.at(-1);
  const through = path.slice(0, -1).map(({ term }) => term.text);
  return `because of "${decides?.term.text ?? ''}" in the record of ${decides?.domain ?? ''}${through.length > 0 ? `, by ${through.join(' and ')}` : ''}`;
}

/** The whole record, the new network before everything that could decide otherwise. */
function withAddress({ domain, records: [record = ''] }: SpfNode, ip: string): Remedy {
  const text = `${record.slice(0, 6)} ip${isIP(ip)}:${ip}${record.slice(6)}`;
  return { label: 'If that server sends for you, publish this record in place of the present one', text: txtLine(domain, text) };
}
