// checks/message: which of the domains that SPF and DKIM vouch for speaks for the domain in From (RFC 9989 section 4.4).
import type { DKIMResult } from 'mailauth';
import type { CheckContext } from '../context.ts';
import { walkDmarc } from '../policy/dmarcTree.ts';
import { normalName } from '../policy/records.ts';
import type { SpfOfMessage } from './spfFinding.ts';

/** One claim about who sent the message. */
export interface Identity {
  readonly by: 'SPF' | 'DKIM';
  readonly domain: string;
  /** "pass", "fail" … */
  readonly result: string;
  /** null: not asked, because it did not pass. */
  readonly alignment: Alignment | null;
}

/** same: the very domain. organization: one of the same organization, which relaxed alignment takes. strict: that, but the record wants the very domain. */
export type Alignment = 'same' | 'organization' | 'strict' | 'other' | 'unknown';

/** More signatures than these are not told. */
const maxSigners = 10;

export interface AlignmentQuestion {
  /** The domain of From. */
  readonly author: string;
  readonly spf: SpfOfMessage;
  readonly dkim: readonly DKIMResult[];
  /** What the DMARC record wants: "aspf=s", "adkim=s". */
  readonly isStrict: { readonly spf: boolean; readonly dkim: boolean };
}

export async function alignmentsOf(
  { author, spf, dkim, isStrict }: AlignmentQuestion,
  context: CheckContext,
): Promise<readonly Identity[]> {
  const claims = [
    ...(spf.verdict ? [{ by: 'SPF', domain: spf.verdict.domain, result: spf.verdict.result, strict: isStrict.spf } as const] : []),
    ...dkim
      .filter(({ signingDomain }) => signingDomain !== undefined)
      .slice(0, maxSigners)
      .map(
        ({ signingDomain, status }) => ({ by: 'DKIM', domain: signingDomain ?? '', result: status.result, strict: isStrict.dkim }) as const,
      ),
  ];
  return Promise.all(
    claims.map(async ({ by, domain, result, strict }) => ({
      by,
      domain,
      result,
      alignment: result === 'pass' && author !== '' ? await align(normalName(domain), normalName(author), strict, context) : null,
    })),
  );
}

async function align(domain: string, author: string, isStrict: boolean, context: CheckContext): Promise<Alignment> {
  if (domain === author) return 'same';
  const [own, other] = await Promise.all([walkDmarc(author, context), walkDmarc(domain, context)]);
  if (own.organization === null || other.organization === null) return 'unknown';
  if (own.organization !== other.organization) return 'other';
  return isStrict ? 'strict' : 'organization';
}

/** A line each, in columns. */
export function showIdentities(author: string, identities: readonly Identity[], spf: SpfOfMessage): string {
  const rows = [
    ['From', '', author, ''],
    ...(spf.verdict ? [] : [['SPF', 'not judged', '', spf.why]]),
    ...identities.map(({ by, result, domain, alignment }) => [
      by,
      result,
      domain,
      alignment === null ? '' : alignmentWords(alignment, by, author),
    ]),
  ];
  const width = (column: number): number => Math.min(40, Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 3 ? cell : cell.padEnd(width(column))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function alignmentWords(alignment: Alignment, by: Identity['by'], author: string): string {
  switch (alignment) {
    case 'same':
      return 'speaks for it: the same domain';
    case 'organization':
      return 'speaks for it: the same organization';
    case 'strict':
      return `does not: "${by === 'SPF' ? 'aspf' : 'adkim'}=s" wants ${author} itself`;
    case 'other':
      return 'does not: another organization';
    case 'unknown':
      return 'not known: a look-up failed';
  }
}
