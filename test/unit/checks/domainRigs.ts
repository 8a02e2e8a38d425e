// checks: domains with servers of their own on loopback: MX hosts that behave well or not, TLSA records, policy hosts over HTTPS. A table says which.
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { codeOf } from '../../../src/base/failure.ts';
import { freePort } from '../../peers/process.ts';
import { serverIdentity } from '../smtp/scriptedServer.ts';
import { answerLines, type Replies } from './serverFixture.ts';
import { greetStartTls, type StartTlsOptions } from './tlsFixture.ts';

const folder = join(import.meta.dirname, 'certificates');
const rigsAuthority = readFileSync(join(folder, 'rigs-authority.pem'), 'utf8');
/** The server's own and the one that signed it: DANE may name either. */
const certificate = `${readFileSync(join(folder, 'rigs.pem'), 'utf8')}${rigsAuthority}`;
const { key } = serverIdentity('good');

const polite: Replies = (line) => {
  if (/^EHLO/i.test(line)) return '250-mx.mailroom.test\r\n250 SIZE 1000000';
  if (/^QUIT/i.test(line)) return '221 2.0.0 Bye';
  if (/^RCPT TO:<(?:postmaster|abuse)[@>]/i.test(line)) return '250 2.1.5 Ok';
  if (/^RCPT/i.test(line)) return '550 5.1.1 No such user';
  return /^(?:VRFY|EXPN)/i.test(line) ? '502 5.5.1 Disabled' : '250 2.0.0 Ok';
};

const encrypting = (options: Partial<StartTlsOptions>) => (socket: net.Socket) =>
  greetStartTls(socket, { certificate: 'good', replies: polite, tls: { key, cert: certificate }, ...options });
const refusing = (greeting: string) => (socket: net.Socket) => answerLines(socket, greeting, () => '503 5.5.1 No', []);

/** How an MX host behaves. `six`: sound, and has IPv6 only; `gone`: it has no address; `shut`: nobody listens there. */
const behaviours = {
  sound: encrypting({}),
  six: encrypting({}),
  expired: encrypting({ certificate: 'expired', tls: {} }),
  misnamed: encrypting({ certificate: 'wrong-name', tls: {} }),
  selfsigned: encrypting({ certificate: 'self-signed', tls: {} }),
  garbled: encrypting({ garbage: 'this is no TLS\r\n' }),
  plain: (socket: net.Socket) => answerLines(socket, '220 mx.mailroom.test ESMTP', polite, []),
  silent: () => {},
  dropping: (socket: net.Socket) => socket.destroy(),
  hushed: (socket: net.Socket) => answerLines(socket, '220 mx.mailroom.test ESMTP', () => '', []),
  busy: refusing('421 4.3.2 Busy'),
  unwelcoming: refusing('554 5.7.1 Not for you'),
  putoff: (socket: net.Socket) =>
    answerLines(
      socket,
      '220 mx.mailroom.test ESMTP',
      (line, count) => (/^RCPT/i.test(line) ? '450 4.2.0 Greylisted' : polite(line, count)),
      [],
    ),
  /** An octet of its greeting now and then, without an end. */
  stalling: (socket: net.Socket) => {
    const timer = setInterval(() => socket.write('2'), 50);
    socket.on('close', () => clearInterval(timer));
  },
  shut: null,
  gone: null,
} as const satisfies Readonly<Record<string, ((socket: net.Socket) => void) | null>>;
export type Behaviour = keyof typeof behaviours;

const mx = (name: string): string => `mx: mx-${name}.rigs.test`;
const policyOf = (name: string, mode: string, lines = mx(name), age = 1_209_600): string =>
  `version: STSv1\nmode: ${mode}\n${lines}\nmax_age: ${age}\n`;

interface PolicyAnswer {
  readonly body: string;
  readonly status?: number;
  readonly type?: string;
  /** It begins and does not end. */
  readonly isUnfinished?: boolean;
  readonly identity?: { readonly key: string; readonly cert: string };
}

/** What the policy host of a domain says. */
const policies = {
  enforce: (name: string) => ({ body: policyOf(name, 'enforce') }),
  testing: (name: string) => ({ body: policyOf(name, 'testing') }),
  none: () => ({ body: 'version: STSv1\nmode: none\nmax_age: 86400\n' }),
  others: (name: string) => ({ body: policyOf(name, 'enforce', 'mx: elsewhere.rigs.test') }),
  wildcard: (name: string) => ({ body: policyOf(name, 'enforce', 'mx: *.rigs.test') }),
  short: (name: string) => ({ body: policyOf(name, 'enforce', mx(name), 3600) }),
  missing: () => ({ body: 'not here', status: 404 }),
  moved: () => ({ body: '', status: 301 }),
  page: () => ({ body: '<html>', type: 'text/html' }),
  unfinished: () => ({ body: '', isUnfinished: true }),
  expired: (name: string) => ({ body: policyOf(name, 'enforce'), identity: serverIdentity('expired') }),
  misnamed: (name: string) => ({ body: policyOf(name, 'enforce'), identity: serverIdentity('good') }),
} as const satisfies Readonly<Record<string, (name: string) => PolicyAnswer>>;
export type Policy = keyof typeof policies;

/** TLSA records for the certificate of `sound`. */
const tlsaKinds = ['right', 'sha512', 'full', 'anchor', 'anchorkey', 'rollover', 'wrong', 'pkix', 'short'] as const;
export type TlsaKind = (typeof tlsaKinds)[number];

/** One domain: `<name>.rigs.test`, or `<name>.signed.invalid` where it is signed. */
export interface Rig {
  readonly name: string;
  readonly isSigned: boolean;
  /** By preference. */
  readonly hosts: readonly Behaviour[];
  /** No MX records: the first host is the domain itself. */
  readonly isImplicit: boolean;
  readonly policy?: Policy;
  readonly tlsa?: TlsaKind;
}

export interface Rigs {
  /** Where all MX hosts listen. */
  readonly port: number;
  /** For rigs.test, and for the signed zones. */
  readonly plain: string;
  readonly signed: string;
  /** The address of the first host of a rig, by its name. */
  readonly addresses: ReadonlyMap<string, string>;
  /** By the name of a rig: why this machine cannot have it. */
  readonly missing: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

/** Starts every server that the rigs name, on addresses that no other process of these tests uses. */
export async function startRigs(rigs: readonly Rig[]): Promise<Rigs> {
  // As in a lab whose machines trust an authority of its own.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), rigsAuthority]);
  const network = `127.${1 + (process.pid % 250)}.${1 + Math.floor(Math.random() * 250)}`;
  const port = await freePort();
  const stops: (() => Promise<void>)[] = [];
  const records = { plain: `@ MX 10 elsewhere\nelsewhere A 127.0.0.1\n${dmarcOf('rigs.test')}`, signed: dmarcOf('signed.invalid') };
  const missing = new Map<string, string>();
  const addresses = new Map<string, string>();
  let last = 0;
  const start = async (name: string, server: net.Server, at: number, address: string): Promise<void> => {
    try {
      stops.push(await listen(server, at, address));
    } catch (error) {
      missing.set(name, `nobody can listen on ${address}, port ${at}, here (${codeOf(error)})`);
    }
  };
  for (const { name, isSigned, isImplicit, hosts, policy, tlsa } of rigs) {
    const lines = [`${name} TXT "v=spf1 mx -all"`];
    for (const [index, behaviour] of hosts.entries()) {
      const host = isImplicit ? name : `mx${index === 0 ? '' : index + 1}-${name}`;
      const address = behaviour === 'six' ? '::1' : `${network}.${++last}`;
      if (index === 0) addresses.set(name, address);
      if (!isImplicit) lines.push(`${name} MX ${10 * (index + 1)} ${host}`);
      if (behaviour !== 'gone') lines.push(`${host} ${behaviour === 'six' ? 'AAAA' : 'A'} ${address}`);
      if (tlsa) lines.push(...tlsaOf(tlsa).map((data) => `_${port}._tcp.${host} TLSA ${data}`));
      const serve = behaviours[behaviour];
      if (serve) await start(name, net.createServer({ noDelay: true }, serve), port, address);
    }
    if (policy) {
      const address = `${network}.${++last}`;
      await start(name, policyServer(policies[policy](name)), 443, address);
      if (!missing.has(name)) lines.push(`_mta-sts.${name} TXT "v=STSv1; id=1"`, `mta-sts.${name} A ${address}`);
    }
    records[isSigned ? 'signed' : 'plain'] += `${lines.join('\n')}\n`;
  }
  const stop = async (): Promise<void> => void (await Promise.all(stops.map((each) => each())));
  return { port, ...records, addresses, missing, stop };
}

function dmarcOf(domain: string): string {
  return `_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@${domain}"\n`;
}

async function listen(server: net.Server, port: number, address: string): Promise<() => Promise<void>> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(port, address);
  await once(server, 'listening');
  return async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
}

function policyServer({
  body,
  status = 200,
  type = 'text/plain',
  isUnfinished = false,
  identity = { key, cert: certificate },
}: PolicyAnswer): net.Server {
  return https.createServer(identity, (request, response) => {
    const isRight = request.url === '/.well-known/mta-sts.txt';
    response.writeHead(isRight ? status : 404, { 'content-type': type, location: 'https://elsewhere.rigs.test/' });
    if (isUnfinished) response.write('version: ');
    else response.end(body);
  });
}

/** As in a zone file. */
export function tlsaOf(kind: TlsaKind): readonly string[] {
  const [own, authority] = [new X509Certificate(certificate), new X509Certificate(rigsAuthority)];
  const keyOf = (of: X509Certificate): Buffer => of.publicKey.export({ type: 'spki', format: 'der' });
  const spki = digest(keyOf(own));
  switch (kind) {
    case 'right':
      return [`3 1 1 ${spki}`];
    case 'anchor':
      return [`2 0 1 ${digest(authority.raw)}`];
    case 'anchorkey':
      return [`2 1 1 ${digest(keyOf(authority))}`];
    case 'sha512':
      return [`3 1 2 ${digest(keyOf(own), 'sha512')}`];
    case 'full':
      return [`3 0 0 ${own.raw.toString('hex')}`];
    case 'rollover':
      return [`3 1 1 ${'0'.repeat(64)}`, `3 1 1 ${spki}`];
    case 'wrong':
      return [`3 1 1 ${'0'.repeat(64)}`];
    case 'pkix':
      return [`1 1 1 ${spki}`];
    case 'short':
      return [`3 1 1 ${spki.slice(0, 40)}`];
  }
}

function digest(octets: Buffer, algorithm = 'sha256'): string {
  return createHash(algorithm).update(octets).digest('hex');
}

/** A rig as a table has it: "hosts=sound,shut sts=enforce tlsa=right". */
export function readRig(domain: string, words: Readonly<Record<string, string>>): Rig {
  const [name = ''] = domain.split('.');
  const hosts = (words['hosts'] ?? 'sound').split(',').map((word) => known(word, Object.keys(behaviours) as Behaviour[]));
  const { sts, tlsa } = words;
  return {
    name,
    isSigned: domain.endsWith('.signed.invalid'),
    isImplicit: words['mx'] === 'none',
    hosts,
    ...(sts === undefined ? {} : { policy: known(sts, Object.keys(policies) as Policy[]) }),
    ...(tlsa === undefined ? {} : { tlsa: known(tlsa, tlsaKinds) }),
  };
}

function known<T extends string>(word: string, words: readonly T[]): T {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new Error(`"${word}" is none of ${words.join(', ')}`);
  return found;
}
