// checks/policy: which term of an SPF record, through all its includes, decides about one client: for a person who asks why.
import ipaddr from 'ipaddr.js';
import type { CheckContext } from '../context.ts';
import { valuesOf } from '../dns/port.ts';
import { normalName } from './records.ts';
import { hasMacro, type SpfTerm } from './spfRecord.ts';
import { costsLookUp, effectiveTerms, maxLookUps, type SpfNode } from './spfTree.ts';

/** unknown: it rests on a macro, on names of the client, or on a look-up that failed. */
export type TermState = 'matches' | 'no match' | 'unknown';

export interface SpfMatch {
  /** Of every term that a receiver gets to. */
  readonly states: ReadonlyMap<SpfTerm, TermState>;
  /** From the domain's own record inwards: includes, and last what matched. Empty: no term matches, or nobody knows. */
  readonly path: readonly { readonly term: SpfTerm; readonly domain: string }[];
}

/** RFC 7208 section 4.6.4: of one mx term. */
const maxExchanges = 10;

/** Never rejects. The verdict itself is mailauth's; this says where it comes from. */
export async function matchSpf(tree: SpfNode, ip: string, context: CheckContext): Promise<SpfMatch> {
  const states = new Map<SpfTerm, TermState>();
  const path: { term: SpfTerm; domain: string }[] = [];
  await visit(tree, ipaddr.process(ip), { context, states, path, lookUps: 0 });
  return { states, path };
}

type Address = ReturnType<typeof ipaddr.process>;

interface Walk {
  readonly context: CheckContext;
  readonly states: Map<SpfTerm, TermState>;
  readonly path: { term: SpfTerm; domain: string }[];
  /** A receiver stops after ten (RFC 7208 section 4.6.4). */
  lookUps: number;
}

/** What the record makes of the client: the qualifier of the term that matches, or null where none does and unknown where that is not known. */
async function visit(node: SpfNode, ip: Address, walk: Walk): Promise<SpfTerm['qualifier'] | null | 'unknown'> {
  if (node.records.length !== 1 || node.problems.length > 0 || node.isLoop || node.isCut) return 'unknown';
  for (const term of effectiveTerms(node.terms)) {
    if (costsLookUp(term) && ++walk.lookUps > maxLookUps) return 'unknown';
    const depth = walk.path.length;
    walk.path.push({ term, domain: node.domain });
    const child = node.children.find(({ through }) => through === term);
    const inner = child ? await visit(child, ip, walk) : null;
    if (term.name === 'redirect') {
      if (inner === null || inner === 'unknown') walk.path.length = depth;
      return inner;
    }
    // An include matches when what it leads to passes (RFC 7208 section 5.2).
    const state = child
      ? inner === 'unknown'
        ? inner
        : inner === '+'
          ? 'matches'
          : 'no match'
      : await stateOf(term, node.domain, ip, walk);
    walk.states.set(term, state);
    if (state === 'matches') return term.qualifier;
    walk.path.length = depth;
    if (state === 'unknown') return state;
  }
  return null;
}

async function stateOf(term: SpfTerm, domain: string, ip: Address, { context }: Walk): Promise<TermState> {
  const name = term.value === '' ? domain : normalName(term.value);
  switch (term.name) {
    case 'all':
      return 'matches';
    case 'ip4':
    case 'ip6':
      return isIn(ip, term.value, term) ? 'matches' : 'no match';
    case 'a':
      return hasMacro(name) ? 'unknown' : isOneOf([name], ip, term, context);
    case 'mx': {
      if (hasMacro(name)) return 'unknown';
      const answer = await context.dns.lookUp(name, 'MX', context.signal);
      const hosts = valuesOf(answer, 'MX').map(({ exchange }) => exchange);
      if (answer.outcome === 'found') return isOneOf(hosts.slice(0, maxExchanges), ip, term, context);
      return answer.outcome === 'noData' || answer.outcome === 'nxDomain' ? 'no match' : 'unknown';
    }
    case 'exists': {
      if (hasMacro(name)) return 'unknown';
      const { outcome } = await context.dns.lookUp(name, 'A', context.signal);
      return outcome === 'found' ? 'matches' : outcome === 'noData' || outcome === 'nxDomain' ? 'no match' : 'unknown';
    }
    default:
      return 'unknown';
  }
}

async function isOneOf(hosts: readonly string[], ip: Address, term: SpfTerm, { dns, signal }: CheckContext): Promise<TermState> {
  const type = ip.kind() === 'ipv4' ? 'A' : 'AAAA';
  const answers = await Promise.all(hosts.map((host) => dns.lookUp(host, type, signal)));
  if (answers.some((answer) => valuesOf(answer, type).some(({ address }) => isIn(ip, address, term)))) return 'matches';
  const isKnown = answers.every(({ outcome }) => outcome === 'found' || outcome === 'noData' || outcome === 'nxDomain');
  return isKnown ? 'no match' : 'unknown';
}

function isIn(ip: Address, network: string, { prefix4, prefix6 }: SpfTerm): boolean {
  if (!ipaddr.isValid(network)) return false;
  const parsed = ipaddr.process(network);
  if (parsed.kind() !== ip.kind()) return false;
  return ip.match(parsed, ip.kind() === 'ipv4' ? (prefix4 ?? 32) : (prefix6 ?? 128));
}
