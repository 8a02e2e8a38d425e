// checks: whom a server takes mail for, asked with RCPT and without ever sending any: the null sender, postmaster, abuse, and a user that nobody has.
import { replyText } from '../../smtp/reply.ts';
import type { Finding, Level } from '../report.ts';
import { endedByRun, firstLine, skipped, type Tell, unanswered, was } from './found.ts';
import { addressLiteral } from './names.ts';
import { type Answer, isWhole, type Probe, type ProbeSubject } from './probe.ts';

export interface RecipientSubject extends ProbeSubject {
  /** Whose mail the server takes; null: not known, so its users are not asked for. */
  readonly mailDomain: string | null;
  /** An address that the person wants to know about. */
  readonly recipient: string | null;
  /** Makes the name of a user that nobody has. */
  readonly token: string;
}

/** By id; also what is shown where the conversation does not come so far. */
export const recipientTitles: Readonly<Record<string, string>> = {
  'null-sender': 'The null sender is accepted',
  postmaster: 'Postmaster is accepted',
  'postmaster-plain': 'Postmaster without a domain is accepted',
  abuse: 'Abuse is accepted',
  'catch-all': 'Users that do not exist',
  'address-literal': 'Postmaster at the address',
};

/** UTF-16 units of a reply that are looked at. */
const maxWords = 1000;
/** Nobody waits for longer than a day. */
const maxMinutes = 24 * 60;

/** Said of the client, not of the recipient. */
const aboutUs =
  /\b(?:block(?:ed|list)|blacklist|spamhaus|barracuda|spamcop|reputation|client host|your (?:ip|host|address)|reverse (?:dns|hostname)|ptr|listed (?:in|at|by)|HELO|EHLO)\b/i;

/** A recipient and what the answer says. */
interface Question {
  readonly to: string;
  readonly judge: (answer: Answer) => Finding;
}

/**
 * Leaves the conversation after RSET. `isPipelined`: the server takes commands together (RFC 2920), so all are asked in one piece. False: it did
 * not answer all of them, nothing was reported, and they are to be asked one after the other on a fresh connection.
 */
export async function askRecipients(
  report: (finding: Finding) => void,
  tell: Tell,
  probe: Probe,
  subject: RecipientSubject,
  isPipelined: boolean,
): Promise<boolean> {
  const sender = await probe.say('MAIL FROM:<>');
  if (sender.reply?.code === 530) {
    const why = /TLS/i.test(firstLine(sender)) ? 'the server wants TLS first' : 'the server wants a login first';
    for (const finding of skipped(tell, recipientTitles, why)) report(finding);
    return true;
  }
  const { 'null-sender': _sender, ...others } = recipientTitles;
  if (!was(sender, 'taken')) {
    for (const finding of [senderFinding(tell, sender), ...skipped(tell, others, 'needs a sender that is accepted')]) report(finding);
    return true;
  }
  const questions = questionsFor(tell, subject);
  const together = isPipelined ? certain(await probe.sayAll([...questions.map(({ to }) => `RCPT TO:<${to}>`), 'RSET'])) : null;
  if (together && !isWhole(together)) return false;
  report(senderFinding(tell, sender));
  if (subject.mailDomain === null) {
    const { postmaster = '', abuse = '', 'catch-all': anyone = '' } = recipientTitles;
    for (const finding of skipped(tell, { postmaster, 'catch-all': anyone, abuse }, 'no domain was named')) report(finding);
  }
  for (const [index, { to, judge }] of questions.entries()) report(judge(together?.[index] ?? (await probe.say(`RCPT TO:<${to}>`))));
  if (!together && probe.isOpen) await probe.say('RSET');
  return true;
}

/** When the run ends in the middle of a group, nobody knows whether its replies are those to its first lines: none counts. */
function certain(answers: readonly Answer[]): readonly Answer[] {
  const last = answers.find(({ failure }) => endedByRun(failure) !== null);
  return last ? answers.map((answer) => ({ ...answer, reply: null, failure: last.failure })) : answers;
}

function questionsFor(tell: Tell, { mailDomain, recipient, token, address }: RecipientSubject): readonly Question[] {
  const ofDomain: readonly Question[] =
    mailDomain === null
      ? []
      : [
          { to: `postmaster@${mailDomain}`, judge: (answer) => postmasterFinding(tell, answer, mailDomain) },
          { to: `no-such-user-${token}@${mailDomain}`, judge: (answer) => unknownUserFinding(tell, answer) },
          { to: `abuse@${mailDomain}`, judge: (answer) => abuseFinding(tell, answer, mailDomain) },
        ];
  return [
    ...ofDomain,
    { to: 'postmaster', judge: (answer) => plainPostmasterFinding(tell, answer) },
    { to: `postmaster@${addressLiteral(address)}`, judge: (answer) => literalFinding(tell, answer) },
    ...(recipient === null ? [] : [{ to: recipient, judge: (answer: Answer) => recipientFinding(tell, answer, recipient) }]),
  ];
}

function senderFinding(tell: Tell, answer: Answer): Finding {
  const id = 'null-sender';
  const answers = [answer];
  const source = 'RFC 5321 section 4.5.5';
  if (!answer.reply) return unanswered(tell, id, 'The null sender', answer);
  if (was(answer, 'taken')) return tell({ id, level: 'pass', title: 'The null sender is accepted', answers, source });
  const open = notAnswered(tell, id, 'The null sender', answer);
  if (open) return open;
  const reason = 'Bounces and delivery reports come from the null sender. Who refuses it never learns that a mail was not delivered.';
  return tell({ id, level: 'fail', title: 'The null sender is refused', detail: firstLine(answer), reason, answers, source });
}

function postmasterFinding(tell: Tell, answer: Answer, domain: string): Finding {
  const id = 'postmaster';
  const answers = [answer];
  const source = 'RFC 5321 section 4.5.1';
  if (was(answer, 'taken')) return tell({ id, level: 'pass', title: `postmaster@${domain} is accepted`, answers, source });
  const open = notAnswered(tell, id, `postmaster@${domain}`, answer);
  if (open) return open;
  const isForeign = /relay/i.test(firstLine(answer));
  const reason = isForeign
    ? `The server does not know ${domain} as its own, so it takes no mail for it at all, or not from here.`
    : 'Every server that takes mail must take it for postmaster: it is where others tell that something is wrong.';
  const remedies = isForeign
    ? [{ label: 'If it is Postfix, add the domain in main.cf', text: `mydestination = $myhostname, localhost, ${domain}` }]
    : [{ label: 'In /etc/aliases, then run newaliases', text: 'postmaster: root' }];
  return tell({
    id,
    level: 'fail',
    title: `postmaster@${domain} is refused`,
    detail: firstLine(answer),
    reason,
    answers,
    remedies,
    source,
  });
}

function plainPostmasterFinding(tell: Tell, answer: Answer): Finding {
  const id = 'postmaster-plain';
  const source = 'RFC 5321 section 4.5.1';
  if (was(answer, 'taken')) return tell({ id, level: 'pass', title: 'Postmaster without a domain is accepted', answers: [answer], source });
  const open = notAnswered(tell, id, 'Postmaster without a domain', answer);
  if (open) return open;
  const reason = 'The standard asks every server to know this one recipient without a domain. Few senders use it.';
  return tell({
    id,
    level: 'warn',
    title: 'Postmaster without a domain is refused',
    detail: firstLine(answer),
    reason,
    answers: [answer],
    source,
  });
}

function abuseFinding(tell: Tell, answer: Answer, domain: string): Finding {
  const id = 'abuse';
  const source = 'RFC 2142 section 4';
  if (was(answer, 'taken')) return tell({ id, level: 'pass', title: `abuse@${domain} is accepted`, answers: [answer], source });
  const open = notAnswered(tell, id, `abuse@${domain}`, answer);
  if (open) return open;
  const reason = 'People who get spam from this domain write there, and lists of bad senders look whether they can.';
  const remedies = [{ label: 'In /etc/aliases, then run newaliases', text: 'abuse: root' }];
  return tell({
    id,
    level: 'warn',
    title: `abuse@${domain} is refused`,
    detail: firstLine(answer),
    reason,
    answers: [answer],
    remedies,
    source,
  });
}

function unknownUserFinding(tell: Tell, answer: Answer): Finding {
  const id = 'catch-all';
  if (was(answer, 'taken')) {
    const reason =
      'Either every user is taken, or unknown ones are found out later and a bounce is sent, to people who may never have written.';
    return tell({ id, level: 'info', title: 'Accepts any user', detail: firstLine(answer), reason, answers: [answer] });
  }
  const open = notAnswered(tell, id, 'Users that do not exist', answer);
  return open ?? tell({ id, level: 'pass', title: 'Users that do not exist are refused', detail: firstLine(answer), answers: [answer] });
}

function literalFinding(tell: Tell, answer: Answer): Finding {
  const isTaken = was(answer, 'taken');
  const title = `Postmaster at the address is ${isTaken ? 'accepted' : 'refused'}`;
  const open = isTaken ? null : notAnswered(tell, 'address-literal', 'Postmaster at the address', answer);
  return (
    open ??
    tell({ id: 'address-literal', level: 'info', title, detail: firstLine(answer), answers: [answer], source: 'RFC 5321 section 4.1.3' })
  );
}

function recipientFinding(tell: Tell, answer: Answer, recipient: string): Finding {
  if (!answer.reply) return unanswered(tell, 'recipient', recipient, answer);
  const level: Level = was(answer, 'putOff') ? 'unknown' : 'info';
  return tell({ id: 'recipient', level, title: `${recipient} is ${wordOf(answer)}`, detail: firstLine(answer), answers: [answer] });
}

function wordOf(answer: Answer): string {
  if (was(answer, 'taken')) return 'accepted';
  return was(answer, 'putOff') ? 'put off' : 'refused';
}

/** null: it is an answer about the recipient, for good. */
function notAnswered(tell: Tell, id: string, title: string, answer: Answer): Finding | null {
  if (!answer.reply) return unanswered(tell, id, title, answer);
  if (was(answer, 'putOff')) {
    const reason = `Put off (4xx): the server wants us to come again, as with greylisting. Try again in ${waitingTime(answer)}.`;
    return tell({ id, level: 'unknown', title, detail: firstLine(answer), reason, answers: [answer], source: 'RFC 6647' });
  }
  if (was(answer, 'refused') && answer.reply.code !== 503 && !aboutUs.test(replyText(answer.reply))) return null;
  const reason = 'The server speaks of this client, not of the recipient. Check from another network.';
  return tell({ id, level: 'unknown', title, detail: firstLine(answer), reason, answers: [answer] });
}

/** Where the server tells it: "Greylisted, come back in 300 seconds", "try again in 00:05:00". */
function waitingTime({ reply }: Answer): string {
  const text = reply ? replyText(reply).slice(0, maxWords) : '';
  const [, hours, minutes, seconds] = /\b(\d{1,2}):(\d\d):(\d\d)\b/.exec(text) ?? [];
  const [, amount, unit = ''] = /\b(\d{1,5})\s*(s|secs?|seconds?|m|mins?|minutes?)\b/i.exec(text) ?? [];
  const told =
    amount === undefined ? Number(hours) * 60 + Number(minutes) + Number(seconds) / 60 : Number(amount) / (/^s/i.test(unit) ? 60 : 1);
  const whole = Math.ceil(told);
  if (!(whole > 0 && whole <= maxMinutes)) return 'some minutes';
  return whole === 1 ? 'a minute' : `${whole} minutes`;
}
