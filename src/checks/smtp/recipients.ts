// checks: whom a server takes mail for, asked with RCPT and without ever sending any: the null sender, postmaster, abuse, and a user that nobody has.
import { replyText } from '../../smtp/reply.ts';
import type { Finding, Level } from '../report.ts';
import { because, endedByRun, firstLine, skipped, type Tell, unanswered, was } from './found.ts';
import { addressLiteral } from './names.ts';
import { type Answer, isWhole, type Probe, type ProbeSubject } from './probe.ts';

export interface RecipientSubject extends ProbeSubject {
  /** Whose mail the server takes; null: not known, so its users are not asked for. */
  readonly mailDomain: string | null;
  /** An address that the person wants to know about. */
  readonly recipient: string | null;
  /** Makes the name of a user that nobody has. */
  readonly token: string;
  /** How the server is called in sentences. */
  readonly server: string;
}

/** By id: what is asked about, where the conversation does not come so far. `mailDomain` as above. */
export function recipientTitles(mailDomain: string | null): Readonly<Record<string, string>> {
  return {
    'null-sender': 'The null sender',
    ...usersOf(mailDomain),
    'postmaster-plain': 'Postmaster without a domain',
    'address-literal': 'Postmaster at the address',
  };
}

function usersOf(mailDomain: string | null): Readonly<Record<string, string>> {
  const at = mailDomain === null ? ' of the domain' : `@${mailDomain}`;
  return { postmaster: `postmaster${at}`, 'catch-all': 'Users that do not exist', abuse: `abuse${at}` };
}

/** Of the finding that everybody was put off. */
export const putOffId = 'put-off';
export const putOffToo = 'put off as well: ask again after that time';

/** UTF-16 units of a reply that are looked at. */
const maxWords = 1000;
/** Nobody waits for longer than a day. */
const maxMinutes = 24 * 60;

/** Said of the client, not of the recipient. */
const aboutUs =
  /\b(?:block(?:ed|list)|blacklist|spamhaus|barracuda|spamcop|reputation|client host|your (?:ip|host|address)|reverse (?:dns|hostname)|ptr|listed (?:in|at|by)|HELO|EHLO)\b/i;

/** Said of the domain of the recipient. */
const notIts =
  /\brelay|non-accepted domain|\b5\.1\.2\b|not (?:a |one of (?:my|our) )?local(?:ly)? (?:domain|host)|domain (?:is )?not (?:hosted|served|accepted|handled|local)|do(?:es)? not (?:accept|handle|serve|host) (?:mail|e-mail|messages)? ?(?:for )?(?:this|that|the) domain|rcpthosts/i;

/** A recipient and what the answer says. */
interface Question {
  /** Of the finding, and its title as long as nothing is known. */
  readonly id: string;
  readonly title: string;
  readonly to: string;
  readonly judge: (answer: Answer) => Finding;
}

interface Asked extends Question {
  readonly answer: Answer;
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
    for (const finding of skipped(tell, recipientTitles(subject.mailDomain), why)) report(finding);
    return true;
  }
  const { 'null-sender': _sender, ...others } = recipientTitles(subject.mailDomain);
  if (!was(sender, 'taken')) {
    const why = because(sender.failure, 'needs a sender that is accepted');
    for (const finding of [senderFinding(tell, sender), ...skipped(tell, others, why)]) report(finding);
    return true;
  }
  const questions = questionsFor(tell, subject);
  const together = isPipelined ? certain(await probe.sayAll([...questions.map(({ to }) => `RCPT TO:<${to}>`), 'RSET'])) : null;
  if (together && !isWhole(together)) return false;
  report(senderFinding(tell, sender));
  if (subject.mailDomain === null) for (const finding of skipped(tell, usersOf(null), 'no domain was named')) report(finding);
  const asked: Asked[] = [];
  for (const [index, question] of questions.entries())
    asked.push({ ...question, answer: together?.[index] ?? (await probe.say(`RCPT TO:<${question.to}>`)) });
  for (const finding of judgeAll(tell, asked, subject)) report(finding);
  if (!together && probe.isOpen) await probe.say('RSET');
  return true;
}

/** What is true of all alike is said once: the domain is not taken, or everybody is put off. */
function judgeAll(tell: Tell, asked: readonly Asked[], { mailDomain, server }: RecipientSubject): readonly Finding[] {
  const ofDomain = asked.filter(({ to }) => mailDomain !== null && to.toLowerCase().endsWith(`@${mailDomain.toLowerCase()}`));
  const findings: Finding[] = [];
  let rest = asked;
  const skip = (which: readonly Asked[], why: string): void => {
    for (const { id, title } of which) findings.push(...skipped(tell, { [id]: title }, why));
    rest = rest.filter((each) => !which.includes(each));
  };
  const [first] = ofDomain;
  if (mailDomain !== null && first && ofDomain.every(({ answer }) => isForeign(answer))) {
    findings.push(domainFinding(tell, first.answer, mailDomain, server));
    skip(ofDomain, `the server takes no mail for ${mailDomain}`);
  }
  const putOff = rest.filter(({ answer }) => was(answer, 'putOff') && answer.reply?.code !== 421);
  const [earliest] = putOff;
  if (earliest && putOff.length > 1 && ofDomain.every((each) => putOff.includes(each))) {
    findings.push(putOffFinding(tell, earliest.answer, earliest.to));
    skip(putOff, putOffToo);
  }
  // A refusal of users that nobody has says something only where others are taken.
  const isAnyTaken = ofDomain.some(({ answer }) => was(answer, 'taken'));
  if (!isAnyTaken)
    skip(
      rest.filter(({ id, answer }) => id === 'catch-all' && was(answer, 'refused') && !aboutUs.test(wordsOf(answer))),
      'needs a user of the domain that is accepted',
    );
  return [...findings, ...rest.map(({ judge, answer }) => judge(answer))];
}

/** Refused because the server does not have the domain, not because of the user: RFC 3463, X.1.2 bad destination system, X.7.1 with "relay". */
function isForeign(answer: Answer): boolean {
  return was(answer, 'refused') && notIts.test(wordsOf(answer)) && !aboutUs.test(wordsOf(answer));
}

function domainFinding(tell: Tell, answer: Answer, domain: string, server: string): Finding {
  return tell({
    id: 'domain-refused',
    level: 'fail',
    title: `${server} takes no mail for ${domain}`,
    detail: firstLine(answer),
    reason: `The server does not know ${domain} as its own, so all mail for it is refused there, or at least from here. Either it has to be told, or the MX record leads to a wrong server.`,
    answers: [answer],
    remedies: [
      {
        label: 'If it is Postfix and the users have accounts there, set in main.cf',
        text: `mydestination = $myhostname, localhost, ${domain}`,
      },
      { label: 'If it is Postfix and the mailboxes are in a table, set in main.cf', text: `virtual_mailbox_domains = ${domain}` },
      { label: 'If it is Postfix and passes the mail on, set in main.cf', text: `relay_domains = ${domain}` },
      { label: 'If it is Exim, set in exim.conf', text: `domainlist local_domains = @ : ${domain}` },
    ],
    source: 'RFC 5321 section 3.6.2',
  });
}

function putOffFinding(tell: Tell, answer: Answer, to: string): Finding {
  const isGreylist = /gr[ea]y[- ]?list/i.test(wordsOf(answer));
  return tell({
    id: putOffId,
    level: 'unknown',
    title: `${isGreylist ? 'Greylisted' : 'Every recipient is put off'}: try again in ${waitingTime(answer)}`,
    detail: firstLine(answer),
    reason: `Put off (4xx): the server wants us to come again${isGreylist ? '' : ', as with greylisting'}. Nothing is known of its recipients until then; ${to} was the first of them.`,
    answers: [answer],
    source: 'RFC 6647',
  });
}

function wordsOf({ reply }: Answer): string {
  return reply ? replyText(reply).slice(0, maxWords) : '';
}

/** When the run ends in the middle of a group, nobody knows whether its replies are those to its first lines: none counts. */
function certain(answers: readonly Answer[]): readonly Answer[] {
  const last = answers.find(({ failure }) => endedByRun(failure) !== null);
  return last ? answers.map((answer) => ({ ...answer, reply: null, failure: last.failure })) : answers;
}

function questionsFor(tell: Tell, { mailDomain, recipient, token, address }: RecipientSubject): readonly Question[] {
  const titles = recipientTitles(mailDomain);
  const ask = (id: string, to: string, judge: Question['judge']): Question => ({ id, title: titles[id] ?? to, to, judge });
  const ofDomain: readonly Question[] =
    mailDomain === null
      ? []
      : [
          ask('postmaster', `postmaster@${mailDomain}`, (answer) => postmasterFinding(tell, answer, mailDomain)),
          ask('catch-all', `no-such-user-${token}@${mailDomain}`, (answer) => unknownUserFinding(tell, answer)),
          ask('abuse', `abuse@${mailDomain}`, (answer) => abuseFinding(tell, answer, mailDomain)),
        ];
  return [
    ...ofDomain,
    ask('postmaster-plain', 'postmaster', (answer) => plainPostmasterFinding(tell, answer)),
    ask('address-literal', `postmaster@${addressLiteral(address)}`, (answer) => literalFinding(tell, answer)),
    ...(recipient === null ? [] : [ask('recipient', recipient, (answer) => recipientFinding(tell, answer, recipient))]),
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
  const reason = 'Every server that takes mail must take it for postmaster: it is where others tell that something is wrong.';
  const remedies = [{ label: 'In /etc/aliases, then run newaliases', text: 'postmaster: root' }];
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
