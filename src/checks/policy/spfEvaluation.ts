// checks/policy: whether mail from a given address would pass SPF, judged by mailauth over our look-ups.
import { isIP } from 'node:net';
import { spf } from 'mailauth/lib/spf/index.js';
import type { CheckContext } from '../context.ts';
import type { Finding, Level } from '../report.ts';
import { maker } from './found.ts';
import { resolverOver } from './resolver.ts';

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

const verdicts: Readonly<Record<SpfResult, { readonly level: Level; readonly title: string }>> = {
  pass: { level: 'pass', title: 'passes SPF' },
  fail: { level: 'fail', title: 'fails SPF' },
  softfail: { level: 'warn', title: 'is marked by SPF as suspicious (softfail)' },
  neutral: { level: 'info', title: 'is neutral to SPF' },
  none: { level: 'info', title: 'finds no SPF record' },
  permerror: { level: 'fail', title: 'makes receivers stop with a permanent error' },
  temperror: { level: 'unknown', title: 'could not be judged: a look-up failed' },
};

/** One finding: would mail of `domain` from `ip` pass? `sender`: default postmaster of the domain. */
export async function evaluateSpf(domain: string, ip: string, sender: string | undefined, context: CheckContext): Promise<Finding> {
  const make = maker({ domain, address: ip });
  if (isIP(ip) === 0) {
    return make.finding({ id: 'spf-evaluation', level: 'skipped', title: 'SPF was not evaluated', detail: `"${ip}" is no IP address` });
  }
  const from = sender ?? `postmaster@${domain}`;
  const started = context.clock.monotonic();
  const { result, comment, record } = await judgeSpf(ip, from, domain, context);
  return make.finding({
    id: 'spf-evaluation',
    level: verdicts[result].level,
    title: `Mail from ${ip} ${verdicts[result].title}`,
    detail: comment,
    evidence: record === '' ? [] : [make.text(`SPF record for ${from}`, record)],
    remedies:
      result === 'fail' || result === 'softfail'
        ? [{ label: 'If that server sends for you, add to the record', text: `ip${isIP(ip)}:${ip}` }]
        : [],
    source: 'RFC 7208 section 2.6',
    ms: context.clock.monotonic() - started,
  });
}
