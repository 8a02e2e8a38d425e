// checks/dns: the name servers of a run behind the port: each question asked once, within its time, at another server when one fails.
import { randomInt } from 'node:crypto';
import { AUTHENTIC_DATA, CHECKING_DISABLED, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Clock } from '../../base/clock.ts';
import { codeOf, Failure, messageOf } from '../../base/failure.ts';
import { exchange, type Packet } from './exchange.ts';
import type { Dns, DnsAnswer, DnsOutcome, DnsRecord, QueryType } from './port.ts';
import { nameOf, recordOf } from './records.ts';
import { printServerAddress, type ServerAddress } from './serverAddress.ts';

export interface ResolverOptions {
  readonly servers: readonly ServerAddress[];
  /** For one look-up, all tries and the whole CNAME chain together. Milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Ends every look-up. */
  readonly signal: AbortSignal;
  /** Where a name server of that address listens; default 53. */
  readonly portOf?: (address: string) => number;
}

/** Questions on their way at a time. */
const maxParallel = 24;
const maxTries = 3;
const maxAliases = 8;
/** As the DNS flag day 2020 settled: what passes everywhere without fragments. Octets. */
const payloadSize = 1232;

interface Said {
  readonly outcome: DnsOutcome;
  readonly records: readonly DnsRecord[];
  readonly server: string;
  readonly isAuthentic: boolean | null;
  readonly isAuthoritative?: boolean;
  readonly problem?: string;
}

interface Query {
  readonly name: string;
  readonly type: QueryType;
  /** RD: the server is to ask others where it does not know. */
  readonly isRecursive: boolean;
  /** Without: CD, what does not pass validation is told as well. */
  readonly isValidated: boolean;
}

/** One for each run: answers are kept as long as it is. */
export function createResolver({ servers, timeout, clock, signal, portOf = () => 53 }: ResolverOptions): Dns {
  /** Those that did not answer, the last one last. */
  const silent = new Set<ServerAddress>();
  const answers = new Map<string, Promise<DnsAnswer>>();
  const turns = new Turns(maxParallel);
  // Apart: silent servers of a zone must not keep the look-ups waiting.
  const authorityTurns = new Turns(maxParallel);

  async function inTurn(name: string, type: QueryType, find: (limit: AbortSignal) => Promise<Said>, queue = turns): Promise<DnsAnswer> {
    await queue.take();
    const start = clock.monotonic();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeout))]);
    try {
      const said = await find(limit);
      const outcome = signal.aborted && said.outcome === 'timeout' ? 'cancelled' : said.outcome;
      return { ...said, outcome, name, type, ms: Math.round(clock.monotonic() - start) };
    } finally {
      queue.give();
    }
  }

  /** A recursive server follows aliases itself; one that is only authoritative leaves those into other zones to us (RFC 1034 section 5.3.3). */
  async function follow(name: string, type: QueryType, isValidated: boolean, limit: AbortSignal): Promise<Said> {
    const chain: DnsRecord[] = [];
    const seen = new Set<string>();
    for (let target = name; ; ) {
      const said = await askOne(target, type, isValidated, limit);
      let host = target;
      for (const record of aliasesFrom(said.records, host, type)) {
        chain.push(record);
        if (seen.has(host)) return { ...said, outcome: 'failed', records: chain, problem: 'the CNAME records lead in a circle' };
        seen.add(host);
        host = record.value.kind === 'CNAME' ? record.value.host : host;
      }
      if (chain.length > maxAliases)
        return { ...said, outcome: 'failed', records: chain, problem: `more than ${maxAliases} CNAME records in a row` };
      const records = said.records.filter((record) => record.type === type && record.name === host);
      if (records.length > 0 && said.outcome === 'found') return { ...said, records: [...chain, ...records] };
      const isHalfWay = said.outcome === 'found' && host !== target;
      if (!isHalfWay) return { ...said, outcome: said.outcome === 'found' ? 'noData' : said.outcome, records: chain };
      target = host;
    }
  }

  async function askOne(name: string, type: QueryType, isValidated: boolean, limit: AbortSignal): Promise<Said> {
    if (!canBeAsked(name)) return { ...nobody, problem: 'this is no name that can be asked for' };
    if (servers.length === 0) return { ...nobody, problem: 'no name server is known' };
    const tries = Math.min(maxTries, Math.max(2, servers.length));
    // One that was silent costs time again and again: those that answered go first.
    const order = [...servers.filter((server) => !silent.has(server)), ...silent];
    let last: Said = nobody;
    for (let at = 0; at < tries && !limit.aborted; at++) {
      const server = order[at % order.length];
      if (server === undefined) break;
      // Asking the only server again helps against a lost datagram, not against an answer.
      if (at > 0 && servers.length === 1 && last.outcome !== 'timeout') break;
      const query = { name, type, isValidated, isRecursive: true };
      const said = await put(query, server, within(limit, timeout / tries));
      if (said.outcome !== 'timeout') silent.delete(server);
      else if (!limit.aborted) silent.add(server);
      if (said.outcome === 'found' || said.outcome === 'noData' || said.outcome === 'nxDomain') return said;
      // What a server said tells more than the silence of another.
      if (last === nobody || said.outcome !== 'timeout') last = said;
    }
    return last === nobody ? { ...nobody, outcome: 'timeout', server: print(servers[0]) } : last;
  }

  /** Once more when nothing came: a lost datagram must not make a server look silent. */
  async function askAuthority(server: ServerAddress, name: string, type: QueryType, limit: AbortSignal): Promise<Said> {
    if (!canBeAsked(name)) return { ...nobody, problem: 'this is no name that can be asked for' };
    const query = { name, type, isValidated: true, isRecursive: false };
    const first = await put(query, server, within(limit, timeout / 2));
    return first.outcome === 'timeout' && !limit.aborted ? put(query, server, limit) : first;
  }

  return {
    servers: servers.map(printServerAddress),
    lookUp: (name, type, own) => {
      const plain = plainName(name);
      const answer = kept(`${type} ${plain}`, () => inTurn(plain, type, (limit) => follow(plain, type, true, limit)));
      return unless(own, answer, { name, type, server: print(servers[0]) });
    },
    lookUpUnvalidated: (name, type) => {
      const plain = plainName(name);
      return kept(`${type} ${plain} unvalidated`, () => inTurn(plain, type, (limit) => follow(plain, type, false, limit)));
    },
    askServer: (address, name, type) => {
      const plain = plainName(name);
      const server = { address, port: portOf(address) };
      return kept(`${type} ${plain} ${print(server)}`, () =>
        inTurn(plain, type, (limit) => askAuthority(server, plain, type, limit), authorityTurns),
      );
    },
  };

  function kept(key: string, find: () => Promise<DnsAnswer>): Promise<DnsAnswer> {
    const answer = answers.get(key) ?? find();
    answers.set(key, answer);
    return answer;
  }
}

function plainName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

function within(limit: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([limit, AbortSignal.timeout(Math.ceil(ms))]);
}

/** What a failed answer says first when there was no way to the server. */
export const unreachableWords = 'the name server cannot be reached';

const nobody: Said = { outcome: 'failed', records: [], server: '', isAuthentic: null };

async function put(query: Query, server: ServerAddress, limit: AbortSignal): Promise<Said> {
  const from = { server: printServerAddress(server), records: [], isAuthentic: null };
  try {
    let packet = await exchange(server, octetsOf(query, true), limit);
    // Servers older than EDNS do not know what to make of it (RFC 6891 section 7).
    if (packet.rcode === 'FORMERR' || packet.rcode === 'NOTIMP') packet = await exchange(server, octetsOf(query, false), limit);
    return { ...from, ...read(packet) };
  } catch (error) {
    if (limit.aborted) return { ...from, outcome: 'timeout' };
    const problem = Failure.is(error) ? error.message : `${unreachableWords} (${codeOf(error) ?? messageOf(error)})`;
    return { ...from, outcome: 'failed', problem };
  }
}

/** AD in a query asks for AD in the answer (RFC 6840 section 5.7). */
function octetsOf({ name, type, isValidated, isRecursive }: Query, hasExtensions: boolean): Buffer {
  return encode({
    type: 'query',
    id: randomInt(0x10000),
    flags: AUTHENTIC_DATA | (isRecursive ? RECURSION_DESIRED : 0) | (isValidated ? 0 : CHECKING_DISABLED),
    // dns-packet knows the type SPF, its declarations do not.
    questions: [{ name, type: type as 'TXT' }],
    additionals: hasExtensions
      ? [{ type: 'OPT', name: '.', udpPayloadSize: payloadSize, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] }]
      : [],
  });
}

function read(packet: Packet): Omit<Said, 'server'> {
  const records = (packet.answers ?? []).map(recordOf).filter((record) => record !== undefined);
  const flags = { isAuthentic: packet.flag_ad, isAuthoritative: packet.flag_aa };
  switch (packet.rcode) {
    case 'NOERROR':
      return { outcome: records.length > 0 ? 'found' : 'noData', records, ...flags };
    case 'NXDOMAIN':
      return { outcome: 'nxDomain', records, ...flags };
    case 'SERVFAIL':
      return { outcome: 'servFail', records: [], ...flags };
    case 'REFUSED':
      return { outcome: 'refused', records: [], ...flags };
    default:
      return { outcome: 'failed', records: [], ...flags, problem: `the server said ${packet.rcode}` };
  }
}

/** The CNAME records that lead from `name` on, in order, at most one more than may be followed. */
function* aliasesFrom(records: readonly DnsRecord[], name: string, type: QueryType): Generator<DnsRecord> {
  if (type === 'CNAME') return;
  let host = nameOf(name);
  for (let hops = 0; hops <= maxAliases; hops++) {
    const alias = records.find((record) => record.type === 'CNAME' && record.name === host);
    if (alias?.value.kind !== 'CNAME') return;
    yield alias;
    host = alias.value.host;
  }
}

/** RFC 1035 section 2.3.4: labels of 63 octets, 253 characters; and no escapes, which come only out of hostile answers. */
function canBeAsked(name: string): boolean {
  return (
    name === '' ||
    (name.length <= 253 && /^[\x21-\x5b\x5d-\x7e]+$/.test(name) && name.split('.').every((label) => label.length > 0 && label.length <= 63))
  );
}

function print(server: ServerAddress | undefined): string {
  return server === undefined ? '' : printServerAddress(server);
}

/** A caller that stops waiting does not take the answer from the others that wait for it. One whose time is over got no answer in time. */
function unless(
  own: AbortSignal | undefined,
  answer: Promise<DnsAnswer>,
  asked: Pick<DnsAnswer, 'name' | 'type' | 'server'>,
): Promise<DnsAnswer> {
  if (own === undefined) return answer;
  const { promise, resolve } = Promise.withResolvers<DnsAnswer>();
  const stop = (): void => {
    const isLate = own.reason instanceof Error && own.reason.name === 'TimeoutError';
    resolve({ ...asked, outcome: isLate ? 'timeout' : 'cancelled', records: [], ms: 0, isAuthentic: null });
  };
  own.addEventListener('abort', stop, { once: true });
  if (own.aborted) stop();
  void answer.then(resolve);
  return promise.finally(() => own.removeEventListener('abort', stop));
}

/** Lets only so many through at a time, in order. */
class Turns {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  take(): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  give(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free++;
  }
}
