// checks/policy: the key that a domain publishes under one DKIM selector (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).
import { createPublicKey } from 'node:crypto';
import type { CheckContext } from '../context.ts';
import { type DnsAnswer, isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { maker, type PolicyMaker } from './found.ts';
import { normalName, textsOf, txtLine } from './records.ts';
import { readTags, type TagList, tagValue } from './tags.ts';

/** RFC 8301 section 3.2: fewer bits must not be trusted; keys should have the other. */
const leastBits = 1024;
const goodBits = 2048;

const selectorName = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i;

/** Looks at `selector`._domainkey.`domain`. */
export async function checkDkim(domain: string, selector: string, context: CheckContext): Promise<readonly Finding[]> {
  const make = maker({ domain });
  if (selector.length > 200 || !selectorName.test(selector)) {
    return [
      make.finding({ id: 'dkim-selector', level: 'skipped', title: 'No DKIM key was looked up', detail: `"${selector}" is no selector` }),
    ];
  }
  const name = `${selector}._domainkey.${normalName(domain)}`;
  context.waitFor(name);
  const answer = await context.dns.lookUp(name, 'TXT', context.signal);
  if (answer.outcome !== 'found' && !isAbsent(answer))
    return [make.unanswered('dkim-look-up', 'The DKIM key could not be looked up', answer)];
  const texts = textsOf(answer);
  const findings = [
    ...judgeAlias(answer, make),
    ...(texts.length === 1 ? judgeKey(texts[0] ?? '', answer, make) : [notOne(texts, selector, answer, make)]),
  ];
  return findings;
}

function notOne(texts: readonly string[], selector: string, answer: DnsAnswer, make: PolicyMaker): Finding {
  if (texts.length > 1) {
    return make.finding({
      id: 'dkim-multiple',
      level: 'fail',
      title: `${texts.length} records for one DKIM selector`,
      detail: 'which of them a receiver takes is not defined',
      reason: 'A selector has one key. With several records, verification fails now and then. For a second key use a second selector.',
      evidence: [make.answer(answer, texts)],
      remedies: [{ label: 'Keep the one whose key the signer has', text: texts.map((text) => txtLine(answer.name, text)).join('\n') }],
      source: 'RFC 6376 section 3.6.2.2',
      ms: answer.ms,
    });
  }
  return make.finding({
    id: 'dkim-missing',
    level: 'fail',
    title: `No DKIM key under the selector "${selector}"`,
    detail: answer.outcome === 'nxDomain' ? 'the name does not exist' : 'the name has no TXT record',
    reason: 'Signatures that name this selector cannot be verified, so they count for nothing.',
    evidence: [make.answer(answer)],
    remedies: [{ label: 'Publish the public key of the signer', text: `${answer.name}. IN TXT "v=DKIM1; k=rsa; p=<base64>"` }],
    source: 'RFC 6376 section 6.1.2',
    ms: answer.ms,
  });
}

function judgeAlias(answer: DnsAnswer, make: PolicyMaker): Finding[] {
  const alias = answer.records.find((record) => record.type === 'CNAME');
  if (!alias) return [];
  return [
    make.finding({
      id: 'dkim-alias',
      level: 'info',
      title: 'The DKIM key is kept by another domain',
      detail: alias.data,
      evidence: [make.answer(answer)],
      source: 'RFC 1034 section 3.6.2',
      ms: answer.ms,
    }),
  ];
}

function judgeKey(text: string, answer: DnsAnswer, make: PolicyMaker): Finding[] {
  const list = readTags(text);
  const problems = [...list.problems.map((problem) => problem.text), ...problemsOf(list)];
  const evidence = [make.answer(answer, problems.length > 0 ? [text] : [])];
  const shared = { evidence, source: 'RFC 6376 section 3.6.1', ms: answer.ms };
  if (problems.length > 0) {
    return [
      make.finding({
        id: 'dkim-syntax',
        level: 'fail',
        title: 'The DKIM record cannot be used',
        detail: problems[0] ?? '',
        reason: 'Receivers ignore the key, so no signature with it can be verified.',
        remedies: [
          { label: 'Publish', text: `${answer.name}. IN TXT "v=DKIM1; k=rsa; p=<base64>"` },
          { label: 'The base64 of the public key comes from', text: 'openssl pkey -in dkim.pem -pubout -outform DER | openssl base64 -A' },
        ],
        ...shared,
      }),
    ];
  }
  if (tagValue(list, 'p') === '') {
    return [
      make.finding({
        id: 'dkim-revoked',
        level: 'info',
        title: 'The DKIM key is revoked',
        detail: 'the record has an empty "p="',
        reason: 'Signatures with this selector fail on purpose.',
        ...shared,
      }),
    ];
  }
  return [judgeStrength(list, shared, make), ...judgeFlags(list, shared, make)];
}

function problemsOf(list: TagList): string[] {
  const version = list.tags.findIndex((tag) => tag.name === 'v');
  const type = tagValue(list, 'k') ?? 'rsa';
  const key = tagValue(list, 'p');
  const hashes = colonList(tagValue(list, 'h'));
  return [
    ...(version > 0 ? ['"v=" must come first'] : []),
    ...(version >= 0 && list.tags[version]?.value !== 'DKIM1' ? ['the version is not "DKIM1"'] : []),
    ...(key === undefined ? ['there is no key: "p=" is missing'] : []),
    ...(type !== 'rsa' && type !== 'ed25519' ? [`the kind of key "${type}" is not known`] : []),
    ...(hashes.length > 0 && !hashes.includes('sha256') ? ['"h=" does not allow sha256'] : []),
    ...(key !== undefined && key !== '' && (type === 'rsa' || type === 'ed25519') && bitsOf(key, type) === null
      ? [`"p=" holds no ${type} key`]
      : []),
  ];
}

type Shared = Pick<Parameters<PolicyMaker['finding']>[0], 'evidence' | 'source' | 'ms'>;

function judgeStrength(list: TagList, shared: Shared, make: PolicyMaker): Finding {
  const type = tagValue(list, 'k') === 'ed25519' ? 'ed25519' : 'rsa';
  const bits = bitsOf(tagValue(list, 'p') ?? '', type) ?? 0;
  if (type === 'ed25519' || bits >= goodBits) {
    const detail = type === 'ed25519' ? 'Ed25519; some receivers know only RSA, so sign with both' : `RSA, ${bits} bits`;
    return make.finding({ id: 'dkim-record', level: 'pass', title: 'The DKIM key is well formed', detail, ...shared });
  }
  const isWeak = bits < leastBits;
  return make.finding({
    id: 'dkim-key-size',
    level: isWeak ? 'warn' : 'advice',
    title: `The DKIM key has ${bits} bits`,
    detail: isWeak ? `receivers must not trust fewer than ${leastBits}` : `${goodBits} are recommended`,
    reason: isWeak
      ? 'Keys of this size can be computed by anybody with some patience, and large receivers treat the signature as missing.'
      : 'Keys of this size are within reach of large computers; providers begin to ask for more.',
    ...shared,
    remedies: [
      { label: 'Make a new key under a new selector, publish it, then sign with it', text: `openssl genrsa -out dkim.pem ${goodBits}` },
    ],
    source: 'RFC 8301 section 3.2',
  });
}

function judgeFlags(list: TagList, shared: Shared, make: PolicyMaker): Finding[] {
  const flags = colonList(tagValue(list, 't'));
  const services = colonList(tagValue(list, 's'));
  const findings: Finding[] = [];
  if (flags.includes('y')) {
    findings.push(
      make.finding({
        id: 'dkim-testing',
        level: 'info',
        title: 'The DKIM key says that it is a test',
        detail: 'the record has "t=y"',
        reason: 'Receivers treat mail with a failing signature as if it were not signed. Remove the flag when signing works.',
        ...shared,
      }),
    );
  }
  if (services.length > 0 && !services.includes('*') && !services.includes('email')) {
    findings.push(
      make.finding({
        id: 'dkim-service',
        level: 'warn',
        title: 'The DKIM key is not meant for mail',
        detail: `"s=${services.join(':')}"`,
        reason: 'Receivers ignore a key for other services when they verify mail.',
        ...shared,
        remedies: [{ label: 'If it is meant for mail, publish without', text: `s=${services.join(':')}` }],
      }),
    );
  }
  return findings;
}

function colonList(value: string | undefined): string[] {
  return (value ?? '')
    .split(':')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '');
}

/** The size of the key in bits, or null when it is none. Whitespace within the value is allowed (RFC 6376 section 3.2). */
function bitsOf(value: string, type: 'rsa' | 'ed25519'): number | null {
  const text = value.replace(/[ \t\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const octets = Buffer.from(text, 'base64');
  // RFC 8463 section 4: the 32 octets themselves.
  if (type === 'ed25519') return octets.length === 32 ? 256 : null;
  for (const format of ['spki', 'pkcs1'] as const) {
    try {
      const key = createPublicKey({ key: octets, format: 'der', type: format });
      if (key.asymmetricKeyType === 'rsa') return key.asymmetricKeyDetails?.modulusLength ?? null;
    } catch {
      // Not in this format: RFC 6376 names one, and signers use both.
    }
  }
  return null;
}
