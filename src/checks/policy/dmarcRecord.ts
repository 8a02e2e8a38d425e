// checks/policy: a DMARC record as RFC 9989 reads it, with its places; and what older documents had that is gone.
import { readTags, type Tag } from './tags.ts';

export const dmarcPolicies = ['none', 'quarantine', 'reject'] as const;
export type DmarcPolicy = (typeof dmarcPolicies)[number];

/** From weak to strong. */
export function strengthOf(policy: DmarcPolicy): number {
  return dmarcPolicies.indexOf(policy);
}

export interface DmarcProblem {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface DmarcRecord {
  readonly text: string;
  readonly policy: DmarcPolicy | null;
  readonly subdomainPolicy: DmarcPolicy | null;
  /** For names that do not exist. */
  readonly absentPolicy: DmarcPolicy | null;
  readonly isTest: boolean;
  /** 'u' where nothing or something unknown is written (RFC 9989 section 4.7). */
  readonly publicSuffix: 'y' | 'n' | 'u';
  readonly aggregate: readonly string[];
  readonly failure: readonly string[];
  /** Tags as written, in order. */
  readonly tags: readonly Tag[];
  /** The record cannot be used as it is meant. */
  readonly problems: readonly DmarcProblem[];
  /** Tags that RFC 9989 took out: pct, rf, ri. */
  readonly removed: readonly Tag[];
  /** Tags that no document knows; receivers ignore them. */
  readonly unknown: readonly Tag[];
  /** Values that receivers replace by the default. */
  readonly ignored: readonly Tag[];
}

/** RFC 9989 section 4.7: the version comes first, and its value in exactly these letters. */
export function isDmarcRecord(text: string): boolean {
  return /^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text);
}

const removedTags = ['pct', 'rf', 'ri'];

const values: Readonly<Record<string, RegExp>> = {
  adkim: /^[rs]$/i,
  aspf: /^[rs]$/i,
  fo: /^[01ds](?:[ \t]*:[ \t]*[01ds])*$/i,
  t: /^[yn]$/i,
  psd: /^[ynu]$/i,
};

const knownTags = ['v', 'p', 'sp', 'np', 'rua', 'ruf', ...Object.keys(values)];

/** Reads a record that `isDmarcRecord` accepts. */
export function parseDmarc(text: string): DmarcRecord {
  const { tags, problems } = readTags(text);
  const rest = tags.slice(1);
  const find = (name: string) => rest.find((tag) => tag.name === name);
  const policies = ['p', 'sp', 'np'].map(find).filter((tag) => tag !== undefined);
  const wrong = policies.filter((tag) => policyOf(tag) === null);
  return {
    text,
    policy: policyOf(find('p')),
    subdomainPolicy: policyOf(find('sp')),
    absentPolicy: policyOf(find('np')),
    isTest: find('t')?.value.toLowerCase() === 'y',
    publicSuffix: publicSuffixOf(find('psd')),
    aggregate: addressesOf(find('rua')),
    failure: addressesOf(find('ruf')),
    tags,
    problems: [
      ...problems,
      ...wrong.map(({ name, value, start, end }) => ({ text: `"${name}=${value}" is no policy: none, quarantine or reject`, start, end })),
      ...(find('p') ? [] : [{ text: 'the policy "p=" is missing', start: 0, end: text.length }]),
    ],
    removed: rest.filter((tag) => removedTags.includes(tag.name)),
    unknown: rest.filter((tag) => !knownTags.includes(tag.name) && !removedTags.includes(tag.name)),
    ignored: rest.filter((tag) => values[tag.name]?.test(tag.value) === false),
  };
}

function policyOf(tag: Tag | undefined): DmarcPolicy | null {
  const value = tag?.value.toLowerCase();
  return dmarcPolicies.find((policy) => policy === value) ?? null;
}

function publicSuffixOf(tag: Tag | undefined): 'y' | 'n' | 'u' {
  const value = tag?.value.toLowerCase();
  return value === 'y' || value === 'n' ? value : 'u';
}

function addressesOf(tag: Tag | undefined): string[] {
  return (tag?.value ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}
