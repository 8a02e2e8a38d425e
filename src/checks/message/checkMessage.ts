// checks/message: what a receiver would make of one message: SPF, DKIM over its very bytes, DMARC and ARC, judged by mailauth over our look-ups.
import type { ARCResult, ARCSigningData, DNSResolver } from 'mailauth';
import { arc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js';
import type { Delivery } from '../../smtp/delivery.ts';
import type { CheckContext } from '../context.ts';
import { isLocal } from '../policy/addresses.ts';
import { maker } from '../policy/found.ts';
import { resolverOver } from '../policy/resolver.ts';
import { judgeSpf } from '../policy/spfEvaluation.ts';
import type { Finding } from '../report.ts';
import { arcFindings } from './arcFindings.ts';
import { dkimFindings } from './dkimFindings.ts';
import { dmarcFinding } from './dmarcFinding.ts';
import { type SpfOfMessage, spfFinding } from './spfFinding.ts';

/** Octets; a larger message is not judged. */
export const maxMessage = 64 * 1024 * 1024;
/** One message may not make us ask more names than these, however many signatures it has. */
const maxLookUps = 150;

/** `delivery`: how the message came, from its side file; null when that is not known, and with it the client that SPF is about. */
export async function checkMessage(bytes: Uint8Array, delivery: Delivery | null, context: CheckContext): Promise<readonly Finding[]> {
  if (bytes.length > maxMessage) {
    return [
      maker({}, 'message').finding({
        id: 'message-size',
        level: 'skipped',
        title: 'The message was not judged',
        detail: 'it is too large',
      }),
    ];
  }
  const resolver = limited(resolverOver(context));
  const envelopeFrom = delivery?.envelope.from?.address;
  const spf = await judgeSender(delivery, context);
  const dkim = await dkimVerify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    resolver,
    ...(envelopeFrom === undefined ? {} : { sender: envelopeFrom }),
    curTime: new Date(context.clock.now()),
    strict: true,
  });
  const arcResult = await judgeArc(dkim.arc, resolver);
  const { response, reason, authorDomains } = await evaluateDmarc({
    headerFrom: dkim.headerFrom,
    fromFields: dkim.fromFields,
    spfDomains: spf.verdict?.result === 'pass' ? [spf.verdict.domain] : [],
    dkimDomains: dkim.results
      .filter((result) => result.status.result === 'pass')
      .map((result) => ({ id: result.id ?? '', domain: result.signingDomain ?? '', aligned: result.status.aligned ?? false })),
    resolver,
    strict: true,
  });
  const author = response === false ? authorDomains?.[0] : response.status.header?.from;
  const make = maker(author === undefined ? {} : { domain: author }, 'message');
  return [
    spfFinding(spf, make),
    ...dkimFindings(dkim.results, make),
    dmarcFinding({ response, reason, author: author ?? '', spf, dkim: dkim.results }, make),
    ...(arcResult ? arcFindings(arcResult, make) : []),
  ];
}

async function judgeSender(delivery: Delivery | null, context: CheckContext): Promise<SpfOfMessage> {
  if (!delivery) return { verdict: null, why: 'how the message came is not known: it has no side file', address: '', sender: '' };
  const { conversation, envelope } = delivery;
  const { address } = conversation.client;
  const sender = envelope.from?.address ?? '';
  const about = { address, sender };
  // A message caught on this machine comes from loopback, about which no SPF record says anything.
  if (!context.isLab && isLocal(address))
    return { verdict: null, why: `it came from ${address}, which is no address of the internet`, ...about };
  const name = conversation.clientName ?? '';
  if (sender === '' && name === '') return { verdict: null, why: 'it has neither a sender nor a name of the client', ...about };
  return { verdict: await judgeSpf(address, sender, name, context), why: '', ...about };
}

/** null: nothing was read of a chain. */
async function judgeArc(read: ARCSigningData | undefined, resolver: DNSResolver): Promise<ARCResult | null> {
  if (!read) return null;
  const { chain, lastEntry, error } = read;
  return arc({ chain: chain || [], ...(lastEntry ? { lastEntry } : {}), ...(error ? { error } : {}) }, { resolver, strict: true });
}

/** The same questions again cost nothing: they are in the cache of the run. */
function limited(resolver: DNSResolver): DNSResolver {
  const asked = new Set<string>();
  return (name, type) => {
    asked.add(`${type} ${name}`);
    if (asked.size > maxLookUps) return Promise.reject(Object.assign(new Error('too many look-ups'), { code: 'ECANCELLED' }));
    return resolver(name, type);
  };
}
