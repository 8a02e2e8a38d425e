// checks: how a server greets: whether it talks to us at all, how soon, under which name, and what it tells about its software.
import type { Finding } from '../report.ts';
import { seconds } from './connecting.ts';
import { endedByRun, firstLine, type Tell, unanswered, was } from './found.ts';
import { isHostName, nameSaid, wordsBesidesNames } from './names.ts';
import { asSent, isFtp, protocolOf } from './otherProtocols.ts';
import type { Answer } from './probe.ts';

/** Milliseconds. RFC 5321 section 4.5.3.2.1 lets a client wait five minutes, but few wait for long. */
const slow = 1000;
const verySlow = 5000;

const software =
  /\b(Postfix|Exim|Sendmail|OpenSMTPD|Haraka|Microsoft ESMTP MAIL Service|Exchange|qmail|MDaemon|hMailServer|Zimbra|Courier|James|Stalwart|Mailpit|MailHog|MailDev|smtp4dev|Mailroom|Kerio Connect|IceWarp|CommuniGate Pro|Axigen)\b(?:[\s/,]+(?:Version:?\s*)?v?(\d+(?:\.\d+)+[\w.-]{0,20}))?/i;

/** The greeting by itself. It is 220 where the conversation can go on. `server`: how it is called in sentences. */
export function greetingFindings(tell: Tell, answer: Answer, timeout: number, server: string): readonly Finding[] {
  const { reply } = answer;
  const protocol = protocolOf(reply ? asSent(reply) : partOf(answer));
  if (protocol !== null) return [otherProtocolFinding(tell, answer, server, protocol)];
  const answers = [answer];
  const source = 'RFC 5321 section 3.1';
  if (!reply) {
    const ended = endedByRun(answer.failure);
    // What was cancelled is no fact about the server.
    if (ended) return [tell({ id: 'greeting', title: ended.level === 'skipped' ? 'Greeting' : 'The server did not greet', ...ended })];
    if (answer.failure?.reason !== 'replyTimeout') return [unanswered(tell, 'greeting', 'The server did not greet', answer)];
    return [
      tell({
        id: 'greeting',
        level: 'unknown',
        title: 'The server did not greet',
        detail: `nothing came within ${seconds(timeout)}`,
        reason:
          'It took the connection and said nothing. It may wait on purpose, to drive off programs that send spam, or be another kind of server, which waits to be spoken to.',
        answers,
        source,
      }),
    ];
  }
  if (reply.code === 220) return [...speedFinding(tell, answer), ...softwareFinding(tell, answer)];
  if (reply.code === 421 || was(answer, 'putOff')) {
    const title = 'The server does not talk to us now';
    const reason = 'It is busy, or puts off clients it does not know. It may talk to us later: nothing is known about it.';
    return [tell({ id: 'greeting', level: 'unknown', title, detail: firstLine(answer), reason, answers, source })];
  }
  if (was(answer, 'refused')) {
    const reason =
      'It refuses this client, or takes no mail at all. If it refuses only us, because of a list of bad addresses or a rule, others can still reach it: check from another network.';
    return [
      tell({
        id: 'greeting',
        level: 'fail',
        title: 'The server refuses to talk to us',
        detail: firstLine(answer),
        reason,
        answers,
        source,
      }),
    ];
  }
  const title = `${server} is no SMTP server`;
  const reason = 'A mail server greets with 220. This is another kind of server, or a broken one: nobody can send mail to it.';
  return [tell({ id: 'greeting', level: 'fail', title, detail: firstLine(answer), reason, answers, source })];
}

/** null: it may be an SMTP server. `hello`: the answer to EHLO, or to HELO after it. */
export function ftpFinding(tell: Tell, greeting: Answer, hello: Answer, server: string): Finding | null {
  if (was(hello, 'taken') || !greeting.reply || !isFtp(asSent(greeting.reply))) return null;
  return otherProtocolFinding(tell, greeting, server, 'FTP');
}

function otherProtocolFinding(tell: Tell, answer: Answer, server: string, protocol: string): Finding {
  return tell({
    id: 'greeting',
    level: 'fail',
    title: `${server} is no SMTP server: it looks like ${protocol}`,
    detail: answer.reply ? firstLine(answer) : '',
    reason: 'Nobody can send mail to this port. Either another port is meant, or the wrong program listens on it.',
    answers: [answer],
    source: 'RFC 5321 section 3.1',
  });
}

/** What had come of a reply that did not end. */
function partOf({ failure }: Answer): string {
  const partial = failure?.data['partial'];
  return typeof partial === 'string' ? partial : '';
}

/** `hello`: the reply to EHLO or HELO. */
export function nameFinding(tell: Tell, greeting: Answer, hello: Answer, isLab: boolean): Finding {
  const id = 'greeting-name';
  const said = nameSaid(greeting.reply);
  const again = nameSaid(hello.reply);
  const answers = [greeting, hello];
  const source = 'RFC 5321 section 4.2';
  // A lab names its servers as it likes.
  const level = isLab ? 'info' : 'warn';
  const reason =
    'Servers that send mail to it and people who read logs go by this name. Some filters distrust a server that has none or two.';
  if (!isHostName(said) && !/^\[.+\]$/.test(said)) {
    const remedies = [{ label: 'If it is Postfix, set in main.cf', text: 'myhostname = mx1.example.com' }];
    return tell({ id, level, title: 'The greeting has no full host name', detail: firstLine(greeting), reason, answers, remedies, source });
  }
  if (said.toLowerCase() !== again.toLowerCase()) {
    return tell({
      id,
      level,
      title: 'Two names for one server',
      detail: `greets as ${said}, answers EHLO as ${again}`,
      reason,
      answers,
      source,
    });
  }
  return tell({ id, level: 'pass', title: 'Greeting and EHLO name agree', detail: firstLine(greeting), answers, source });
}

function speedFinding(tell: Tell, answer: Answer): readonly Finding[] {
  if (answer.ms < slow) return [];
  const isTooSlow = answer.ms > verySlow;
  return [
    tell({
      id: 'greeting-time',
      level: isTooSlow ? 'warn' : 'info',
      title: `Greets after ${seconds(answer.ms)}`,
      detail: (answer.reply?.lines.length ?? 0) > 1 ? 'in several lines: it tests whether clients wait' : '',
      reason: isTooSlow ? 'Each sender waits so long for each mail, and some do not wait.' : '',
      answers: [answer],
      source: 'RFC 5321 section 4.5.3.2.1',
    }),
  ];
}

function softwareFinding(tell: Tell, answer: Answer): readonly Finding[] {
  const [, name, version] = software.exec(answer.reply ? wordsBesidesNames(answer.reply) : '') ?? [];
  if (name === undefined) return [];
  return [
    tell({
      id: 'software',
      level: 'info',
      title: `Tells its software: ${name}${version === undefined ? '' : ` ${version}`}`,
      reason: version === undefined ? '' : 'Who looks for servers with a known hole finds them by the version.',
      answers: [answer],
    }),
  ];
}
