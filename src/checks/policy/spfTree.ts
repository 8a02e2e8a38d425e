// checks/policy: walks an SPF record with everything that it includes, as a receiver would in the worst case, and counts what that costs.
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent, type RecordType, valuesOf } from '../dns/port.ts';
import { normalName, textsOf } from './records.ts';
import { hasMacro, isSpfRecord, parseSpf, type SpfProblem, type SpfTerm } from './spfRecord.ts';

/** RFC 7208 section 4.6.4. */
export const maxLookUps = 10;
/** RFC 7208 section 4.6.4. */
export const maxVoidLookUps = 2;
/** A walk asks on for a while after the limit, so that the count is of use to who must shrink it; then it stops. */
const maxAsked = 60;
const maxDepth = 12;

export interface SpfNode {
  readonly domain: string;
  /** The term that led here, or null at the top. */
  readonly through: SpfTerm | null;
  readonly answer: DnsAnswer;
  /** All SPF records of the domain; only one may be. */
  readonly records: readonly string[];
  readonly terms: readonly SpfTerm[];
  readonly problems: readonly SpfProblem[];
  readonly children: readonly SpfNode[];
  /** Look-ups of this record and of all below it. */
  readonly lookUps: number;
  /** Its name is one of those that led to it. */
  readonly isLoop: boolean;
  /** The walk stopped here: too deep or too many. */
  readonly isCut: boolean;
  /** Names that answered with nothing, of this record alone: "a:gone.example". */
  readonly voids: readonly string[];
  /** Names whose look-up failed, of this record alone. */
  readonly failures: readonly DnsAnswer[];
  /** mx terms whose domain has more than ten MX (RFC 7208 section 4.6.4). */
  readonly wideMx: readonly SpfTerm[];
}

/** Follows includes and the redirect of `domain`; never rejects. */
export function walkSpf(domain: string, context: CheckContext): Promise<SpfNode> {
  return visit({ domain: normalName(domain), through: null, path: [] }, { context, asked: 0 });
}

/** The node and all below it. */
export function everyNode(node: SpfNode): SpfNode[] {
  return [node, ...node.children.flatMap(everyNode)];
}

/** Terms that a receiver looks at: those before "all", and the redirect where there is no "all" (RFC 7208 sections 5.1 and 6.1). */
export function effectiveTerms(terms: readonly SpfTerm[]): SpfTerm[] {
  const mechanisms = terms.filter((term) => !isModifier(term));
  const all = mechanisms.findIndex((term) => term.name === 'all');
  const redirect = terms.find((term) => term.name === 'redirect');
  return [...(all < 0 ? mechanisms : mechanisms.slice(0, all + 1)), ...(all < 0 && redirect ? [redirect] : [])];
}

/** RFC 7208 section 4.6.4. */
export function costsLookUp(term: SpfTerm): boolean {
  return !['all', 'ip4', 'ip6', 'exp', 'other'].includes(term.name);
}

export function isModifier(term: SpfTerm): boolean {
  return term.name === 'redirect' || term.name === 'exp' || term.name === 'other';
}

interface Place {
  readonly domain: string;
  readonly through: SpfTerm | null;
  readonly path: readonly string[];
}

interface Walk {
  readonly context: CheckContext;
  asked: number;
}

async function visit(place: Place, walk: Walk): Promise<SpfNode> {
  const { domain, through, path } = place;
  const answer = await ask(walk, domain, 'TXT');
  const records = textsOf(answer).filter(isSpfRecord);
  const [record] = records;
  const isLoop = path.includes(domain);
  const isCut = path.length >= maxDepth || walk.asked > maxAsked;
  const leaf = { domain, through, answer, records, isLoop, isCut };
  if (record === undefined || records.length > 1 || isLoop || isCut) {
    return { ...leaf, terms: [], problems: [], children: [], lookUps: 0, voids: [], failures: [], wideMx: [] };
  }
  const { terms, problems } = parseSpf(record);
  const effective = effectiveTerms(terms);
  const counted = effective.filter(costsLookUp);
  // One record can name thousands; all count, and only so many are asked.
  const affordable = counted.slice(0, Math.max(0, maxAsked - walk.asked));
  walk.asked += counted.length;
  const below = affordable.filter((term) => (term.name === 'include' || term.name === 'redirect') && !hasMacro(term.value));
  const children = await Promise.all(
    below.map((term) => visit({ domain: normalName(term.value), through: term, path: [...path, domain] }, walk)),
  );
  const looks = await Promise.all(affordable.map((term) => lookAt(term, domain, walk)));
  return {
    ...leaf,
    terms,
    problems,
    children,
    lookUps: counted.length + children.reduce((sum, child) => sum + child.lookUps, 0),
    voids: looks.flatMap((look) => look.voids),
    failures: looks.flatMap((look) => look.failures),
    wideMx: looks.flatMap((look) => look.wideMx),
  };
}

interface Look {
  readonly voids: readonly string[];
  readonly failures: readonly DnsAnswer[];
  readonly wideMx: readonly SpfTerm[];
}

const nothingSeen: Look = { voids: [], failures: [], wideMx: [] };

/** Asks what a, mx and exists ask. Includes are asked by `visit`; an include of nothing is an error of its own, not a void look-up. */
async function lookAt(term: SpfTerm, domain: string, walk: Walk): Promise<Look> {
  if (hasMacro(term.value)) return nothingSeen;
  const name = term.value === '' ? domain : normalName(term.value);
  if (term.name === 'a') {
    // Which of the two counts depends on the client: a name with either is not called void here.
    return judge(term, await Promise.all([ask(walk, name, 'A'), ask(walk, name, 'AAAA')]));
  }
  if (term.name === 'exists') return judge(term, [await ask(walk, name, 'A')]);
  if (term.name !== 'mx') return nothingSeen;
  const answer = await ask(walk, name, 'MX');
  return { ...judge(term, [answer]), wideMx: valuesOf(answer, 'MX').length > 10 ? [term] : [] };
}

function judge(term: SpfTerm, answers: readonly DnsAnswer[]): Look {
  const failures = answers.filter((answer) => answer.outcome !== 'found' && !isAbsent(answer));
  return { voids: answers.every(isAbsent) ? [term.text] : [], failures, wideMx: [] };
}

function ask(walk: Walk, name: string, type: RecordType): Promise<DnsAnswer> {
  walk.context.waitFor(name);
  walk.context.doing(`asking for ${type} of ${name}`);
  return walk.context.dns.lookUp(name, type, walk.context.signal);
}
