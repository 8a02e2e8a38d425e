// checks: servers that take every mail and deliver none of it. They do on purpose what is wrong elsewhere.
import type { Finding } from '../report.ts';
import type { Tell } from './found.ts';
import type { Answer } from './probe.ts';

const catchers =
  /\b(?:mailroom ready|mailpit|mailhog|mailcatcher|maildev|smtp4dev|smtp-sink|inbucket|greenmail|nodemailer|smtp-server|debuggingserver|aiosmtpd)\b/i;

/** `words`: of greeting and reply to EHLO, besides the names in them. */
export function isForTesting(words: string): boolean {
  return catchers.test(words);
}

export function testingServerFinding(tell: Tell, answers: readonly Answer[]): Finding {
  return tell({
    id: 'testing-server',
    level: 'info',
    title: 'It calls itself a server for testing',
    detail: 'no STARTTLS, or a login without encryption, is meant so',
    reason:
      'Servers for testing take every mail and send none of it on. What would be a warning elsewhere is only told here. It must not be reachable from the internet.',
    answers,
  });
}
