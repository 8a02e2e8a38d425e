// checks/message: what a receiver would make of one message: SPF, DKIM over its very bytes, DMARC and ARC, judged by mailauth over our look-ups.
import type { ARCResult, ARCSigningData, DMARCResult, DNSResolver } from 'mailauth';
import { arc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js';
import type { Delivery } from '../../smtp/delivery.ts';
import type { CheckContext } from '../context.ts';
import { isLocal, isLoopback } from '../policy/addresses.ts';
import { checkBimi } from '../policy/bimi.ts';
import { walkDmarc } from '../policy/dmarcTree.ts';
import { maker } from '../policy/found.ts';
import { normalName } from '../policy/records.ts';
import { resolverOver } from '../policy/resolver.ts';
import { explainSpf, judgeSpf } from '../policy/spfEvaluation.ts';
import { walkSpf } from '../policy/spfTree.ts';
import type { Finding } from '../report.ts';
import { alignmentsOf } from './alignment.ts';
import { arcFindings } from './arcFindings.ts';
import { dkimFindings } from './dkimFindings.ts';
import { type DmarcOfMessage, dmarcFinding } from './dmarcFinding.ts';
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
  context.doing('judging the sender');
  const spf = await judgeSender(delivery, context);
  context.doing('verifying signatures');
  const dkim = await dkimVerify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
    resolver,
    ...(envelopeFrom === undefined ? {} : { sender: envelopeFrom }),
    curTime: new Date(context.clock.now()),
    strict: true,
  });
  const arcResult = await judgeArc(dkim.arc, resolver);
  context.doing('judging DMARC');
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
  // mailauth leaves it out where there is no policy.
  const wanted: Partial<DMARCResult['alignment']> | undefined = response === false ? undefined : response.alignment;
  const isStrict = { spf: wanted?.spf?.strict ?? false, dkim: wanted?.dkim?.strict ?? false };
  const identities = await alignmentsOf({ author: author ?? '', spf, dkim: dkim.results, isStrict }, context);
  return [
    spfFinding(spf, make),
    ...dkimFindings(dkim.results, author ?? '', make),
    dmarcFinding(
      { response, reason, author: author ?? '', spf, dkim: dkim.results, identities, ...(await publishedBy(author, context)) },
      make,
    ),
    ...(arcResult ? arcFindings(arcResult, (dkim.arc?.chain || []).slice(), make) : []),
    ...(response !== false && response.status.result === 'pass' && author !== undefined ? await logoFindings(author, context) : []),
  ];
}

async function judgeSender(delivery: Delivery | null, context: CheckContext): Promise<SpfOfMessage> {
  const unknown = { verdict: null, explanation: null, address: '', sender: '', clientName: '', answer: null };
  if (!delivery)
    return {
      ...unknown,
      why: 'how the message came is not known: it has no side file',
      instead: `SPF is about the client that delivers a message. ${instead}`,
    };
  const { conversation, envelope } = delivery;
  const { address } = conversation.client;
  const sender = envelope.from?.address ?? '';
  const clientName = conversation.clientName ?? '';
  const about = { ...unknown, address, sender, clientName };
  const domain = sender === '' ? clientName : sender.slice(sender.lastIndexOf('@') + 1);
  const answer = domain === '' ? null : await context.dns.lookUp(normalName(domain), 'TXT', context.signal);
  // A message caught on this machine comes from loopback, about which SPF records say nothing.
  const caught: SpfOfMessage = {
    ...about,
    answer,
    why: isLoopback(address) ? `sent from this machine (${address})` : `it came from ${address}, which is no address of the internet`,
    instead: `It was caught on its way. Receivers will see another client. ${instead}`,
  };
  if (!context.isLab && isLocal(address)) return caught;
  if (sender === '' && clientName === '') return { ...about, why: 'it has neither a sender nor a name of the client', instead: '' };
  const verdict = await judgeSpf(address, sender, clientName, context);
  // In a lab a record may name the machine itself. One that does not is about other senders.
  if (isLoopback(address) && verdict.result !== 'pass') return caught;
  // A broken record is looked at with a check of its own.
  const hasRecord = verdict.record !== '' && verdict.result !== 'permerror';
  const explanation = hasRecord ? await explainSpf(await walkSpf(verdict.domain, context), address, verdict.result, context) : null;
  return { ...about, answer, verdict, why: '', instead: '', explanation };
}

/** The answers that the policy of the author's domain rests on, and whether there is such a domain at all. */
async function publishedBy(author: string | undefined, context: CheckContext): Promise<Pick<DmarcOfMessage, 'answers' | 'isMissing'>> {
  if (author === undefined) return { answers: [], isMissing: false };
  const [tree, apex] = await Promise.all([walkDmarc(author, context), context.dns.lookUp(normalName(author), 'TXT', context.signal)]);
  const isMissing = apex.outcome === 'nxDomain';
  return { answers: [...tree.steps.map((step) => step.answer), ...(isMissing ? [apex] : [])], isMissing };
}

const instead = 'Check SPF tells whether the server that sends in the end may send for the domain.';

/** The logo that providers may show beside a message that passes DMARC; nothing where none is published. */
async function logoFindings(author: string, context: CheckContext): Promise<readonly Finding[]> {
  const findings = await checkBimi(author, context);
  return findings
    .filter(({ id }) => id !== 'bimi-none' && id !== 'bimi-declined')
    .map((each) => ({ ...each, id: `message-${each.id}`, group: 'message' }));
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
