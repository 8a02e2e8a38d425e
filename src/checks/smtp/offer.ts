// checks: what a server offers after EHLO, before and inside of TLS, and what of it should not be there.
import { type Offer, readOffer } from '../../smtp/ehlo.ts';
import type { Finding } from '../report.ts';
import { describeExtensions } from './extensions.ts';
import { firstLine, type Tell, unanswered, was } from './found.ts';
import type { Answer } from './probe.ts';

const maxListed = 40;

export interface Hello {
  readonly answer: Answer;
  /** EHLO was refused and HELO said. */
  readonly isOld: boolean;
  /** null: HELO, or neither was accepted. */
  readonly offer: Offer | null;
}

export function readHello(answer: Answer): Hello {
  const isOld = answer.command.startsWith('HELO');
  return { answer, isOld, offer: answer.reply && !isOld ? readOffer(answer.reply) : null };
}

/** About the first EHLO, or the only one. */
export function offerFindings(
  tell: Tell,
  { answer, isOld, offer }: Hello,
  { isEncrypted, isForTesting }: { readonly isEncrypted: boolean; readonly isForTesting: boolean },
): readonly Finding[] {
  const answers = [answer];
  if (!answer.reply) return [unanswered(tell, 'ehlo', 'EHLO', answer)];
  if (was(answer, 'putOff')) {
    return [tell({ id: 'ehlo', level: 'unknown', title: 'EHLO was put off', detail: firstLine(answer), answers })];
  }
  if (!was(answer, 'taken')) {
    const reason =
      'Neither EHLO nor HELO was accepted, so nobody can send mail to it; or it does not like the address of this machine as a name.';
    const source = 'RFC 5321 section 4.1.1.1';
    return [tell({ id: 'ehlo', level: 'fail', title: 'The server accepts no EHLO', detail: firstLine(answer), reason, answers, source })];
  }
  if (isOld || !offer) {
    const reason =
      'Without EHLO there is no encryption, no limit for the size, and no delivery report. Every server of this century knows it.';
    const source = 'RFC 5321 section 2.2.1';
    return [tell({ id: 'ehlo', level: 'warn', title: 'The server knows only HELO', reason, answers, source })];
  }
  return [
    tell({
      id: 'extensions',
      level: 'pass',
      title: 'Extensions',
      detail: list(offer) || 'none',
      evidence: offer.extensions.size > 0 ? [{ label: 'What they mean', text: describeExtensions(offer.extensions) }] : [],
      answers,
      source: 'RFC 5321 section 2.2',
    }),
    ...(isEncrypted ? [] : plainAuthFinding(tell, answer, offer, isForTesting)),
    ...clientFaking(tell, answer, offer),
  ];
}

/** What is different inside of TLS (RFC 3207 section 4.2); null: nothing. */
export function changedOfferFinding(tell: Tell, before: Hello, after: Hello): Finding | null {
  const id = 'ehlo-after-tls';
  const answers = [after.answer];
  const source = 'RFC 3207 section 4.2';
  if (!after.answer.reply) return unanswered(tell, id, 'EHLO inside of TLS', after.answer);
  if (!after.offer) {
    const title = 'The server accepts no EHLO inside of TLS';
    return tell({ id, level: was(after.answer, 'putOff') ? 'unknown' : 'fail', title, detail: firstLine(after.answer), answers, source });
  }
  if (after.offer.extensions.has('STARTTLS')) {
    return tell({
      id,
      level: 'fail',
      title: 'STARTTLS is offered inside of TLS',
      reason: 'The standard forbids it; some clients try it and fail.',
      answers,
      source,
    });
  }
  const names = (hello: Hello): string[] => [...(hello.offer?.extensions.keys() ?? [])].filter((name) => name !== 'STARTTLS');
  const added = names(after).filter((name) => !names(before).includes(name));
  const gone = names(before).filter((name) => !names(after).includes(name));
  const changes = [...added.map((name) => `${name} comes`), ...gone.map((name) => `${name} goes`)].slice(0, maxListed);
  if (changes.length === 0) return null;
  return tell({
    id,
    level: 'info',
    title: 'Extensions inside of TLS',
    detail: changes.join(', '),
    answers,
    source,
  });
}

/** On a port for submission one logs in. `offer`: the last one. */
export function loginFinding(tell: Tell, { answer, offer }: Hello, isForTesting: boolean): Finding {
  const methods = offer?.extensions.get('AUTH');
  const source = 'RFC 6409 section 4.3';
  if (methods)
    return tell({ id: 'login', level: 'pass', title: 'Login', detail: methods.slice(0, maxListed).join(', '), answers: [answer], source });
  const reason = 'This is a port for programs that hand in mail. They log in first, and here they cannot.';
  const level = isForTesting ? 'info' : 'warn';
  return tell({ id: 'login', level, title: 'No login is offered', reason, answers: [answer], source });
}

/** Commands in one piece were not all answered, and the same commands one after the other were. */
export function pipeliningFinding(tell: Tell): Finding {
  return tell({
    id: 'pipelining',
    level: 'warn',
    title: 'PIPELINING is offered and does not work',
    detail: 'of commands that came together not all were answered',
    reason: 'Senders that send several commands at once wait for the other replies in vain, and deliver late or never.',
    remedies: [
      {
        label: 'If a firewall or proxy stands before the server, let it not change SMTP; if it is Postfix, set in main.cf',
        text: 'smtpd_discard_ehlo_keywords = pipelining',
      },
    ],
    source: 'RFC 2920 section 3.2',
  });
}

function plainAuthFinding(tell: Tell, answer: Answer, { extensions }: Offer, isForTesting: boolean): readonly Finding[] {
  const open = (extensions.get('AUTH') ?? []).filter((method) => /^(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER)$/i.test(method));
  if (open.length === 0) return [];
  return [
    tell({
      id: 'auth-unencrypted',
      level: isForTesting ? 'info' : 'warn',
      title: 'A login is offered without encryption',
      detail: open.join(', '),
      reason: 'With these methods the password goes over the network as it is, and everybody on the way can read it.',
      answers: [answer],
      remedies: isForTesting
        ? []
        : [
            { label: 'If it is Postfix, set in main.cf', text: 'smtpd_tls_auth_only = yes' },
            { label: 'If it is Exim, set in exim.conf', text: `auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}` },
          ],
      source: 'RFC 4954 section 4',
    }),
  ];
}

function clientFaking(tell: Tell, answer: Answer, { extensions }: Offer): readonly Finding[] {
  const found = ['XCLIENT', 'XFORWARD'].filter((name) => extensions.has(name));
  if (!found.includes('XCLIENT')) return [];
  return [
    tell({
      id: 'xclient',
      level: 'warn',
      title: 'XCLIENT is offered to us',
      detail: found.join(', '),
      reason: 'Whoever may use it can pretend to be any client, also one that the server trusts. Only a proxy in front of it needs that.',
      answers: [answer],
      remedies: [{ label: 'If it is Postfix, set in main.cf', text: 'smtpd_authorized_xclient_hosts =' }],
    }),
  ];
}

function list({ extensions }: Offer): string {
  return [...extensions]
    .slice(0, maxListed)
    .map(([name, parameters]) => [name, ...parameters.slice(0, maxListed)].join(' '))
    .join(', ');
}
