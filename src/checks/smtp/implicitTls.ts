// checks: a port that stays silent may wait for TLS (RFC 8314 section 3), whatever its number: tried on a connection beside, while the first one waits on.
import type { CheckContext } from '../context.ts';
import type { Finding } from '../report.ts';
import { printServer, type Tell } from './found.ts';
import type { Answer, Probe, ProbeSubject } from './probe.ts';

/** Milliseconds of silence; servers that hold their greeting back for longer are asked once more for nothing. */
const patience = 3000;
/** RFC 5321 section 4.5.4.2: where mail servers deliver, in plain text at first. */
const relayPort = 25;

/** Where mail is delivered, `greeting` is null and `probe` is the second one when TLS came about on it before the first one was greeted. */
export async function greetOrEncrypt(
  first: Probe,
  context: CheckContext,
  open: (context: CheckContext) => Probe,
): Promise<{ readonly probe: Probe; readonly greeting: Answer | null }> {
  const given = new AbortController();
  const greeting = first.greeting();
  const wait = Promise.withResolvers<null>();
  const timer = setTimeout(() => wait.resolve(null), Math.min(patience, first.greetingTimeout / 4));
  const early = await Promise.race([greeting, wait.promise]);
  clearTimeout(timer);
  if (early) return { probe: first, greeting: early };
  const second = open({ ...context, signal: AbortSignal.any([context.signal, given.signal]) });
  const handshake = second.connect();
  const isEncrypted = await Promise.race([greeting.then(() => false), handshake.then((failure) => failure === null)]);
  if (isEncrypted) {
    first.abandon('The server speaks TLS from the first octet');
    await greeting;
    return { probe: second, greeting: null };
  }
  const answer = await greeting;
  given.abort();
  await handshake;
  second.abandon('The server greeted without TLS');
  return { probe: first, greeting: answer };
}

export function implicitTlsFinding(tell: Tell, subject: ProbeSubject & { readonly isNamedByOthers?: boolean | undefined }): Finding {
  const isForServers = subject.port === relayPort || subject.isNamedByOthers === true;
  return tell({
    id: 'implicit-tls',
    level: isForServers ? 'fail' : 'info',
    title: `${printServer(subject)} speaks TLS from the first octet`,
    reason: isForServers
      ? 'Mail servers begin in plain text and say STARTTLS. They hear nothing here and deliver nothing.'
      : 'Nothing is said before the handshake, as on port 465. Programs have to be told so: "SSL/TLS", not "STARTTLS".',
    remedies: isForServers
      ? [{ label: 'If it is Postfix, take out of the service of this port in master.cf', text: '-o smtpd_tls_wrappermode=yes' }]
      : [],
    source: 'RFC 8314 section 3.3',
  });
}
