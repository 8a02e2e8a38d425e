// checks: what a server tells strangers about its users (VRFY, EXPN), and whether it means the size that it announces.
import type { Finding } from '../report.ts';
import { firstLine, type Tell, unanswered, was } from './found.ts';
import type { Hello } from './offer.ts';
import type { Probe } from './probe.ts';
import { putOffToo } from './recipients.ts';

export const disclosureTitles: Readonly<Record<string, string>> = { vrfy: 'VRFY', expn: 'EXPN' };

/** `token`: a user that nobody has. `isPutOff`: so were the recipients, and it is told already. */
export async function askDisclosure(
  report: (finding: Finding) => void,
  tell: Tell,
  probe: Probe,
  token: string,
  isPutOff: boolean,
): Promise<void> {
  for (const [finding, title] of [
    [await vrfyFinding(tell, probe, token), 'VRFY'],
    [await expnFinding(tell, probe), 'EXPN'],
  ] as const) {
    const isAgain = isPutOff && finding.level === 'unknown' && finding.title === `${title} was put off` && !/^421/.test(finding.detail);
    report(isAgain ? tell({ id: finding.id, level: 'skipped', title, detail: putOffToo }) : finding);
  }
}

async function vrfyFinding(tell: Tell, probe: Probe, token: string): Promise<Finding> {
  const id = 'vrfy';
  const source = 'RFC 5321 section 3.5';
  const real = await probe.say('VRFY postmaster');
  if (!real.reply) return unanswered(tell, id, 'VRFY', real);
  if (was(real, 'putOff'))
    return tell({ id, level: 'unknown', title: 'VRFY was put off', detail: firstLine(real), answers: [real], source });
  const isOff = [500, 502].includes(real.reply.code ?? 0);
  if (isOff) return tell({ id, level: 'pass', title: 'VRFY is switched off', detail: firstLine(real), answers: [real], source });
  const fake = await probe.say(`VRFY no-such-user-${token}`);
  const answers = [real, fake];
  if (!fake.reply) return unanswered(tell, id, 'VRFY', fake);
  if (was(fake, 'putOff')) return tell({ id, level: 'unknown', title: 'VRFY was put off', detail: firstLine(fake), answers, source });
  const codes = `${real.reply.code} for a user, ${fake.reply.code} for none`;
  if (was(real, 'taken') && was(fake, 'refused')) {
    return tell({
      id,
      level: 'warn',
      title: 'VRFY tells who exists',
      detail: codes,
      reason: 'Anybody can try names and learn which addresses are worth sending spam to.',
      answers,
      remedies: [{ label: 'If it is Postfix, set in main.cf', text: 'disable_vrfy_command = yes' }],
      source,
    });
  }
  return tell({ id, level: 'pass', title: 'VRFY tells nothing', detail: codes, answers, source });
}

async function expnFinding(tell: Tell, probe: Probe): Promise<Finding> {
  const id = 'expn';
  const source = 'RFC 5321 section 3.5';
  const answer = await probe.say('EXPN postmaster');
  if (!answer.reply) return unanswered(tell, id, 'EXPN', answer);
  if (was(answer, 'putOff'))
    return tell({ id, level: 'unknown', title: 'EXPN was put off', detail: firstLine(answer), answers: [answer], source });
  if (answer.reply.code !== 250) {
    return tell({ id, level: 'pass', title: 'EXPN tells nothing', detail: firstLine(answer), answers: [answer], source });
  }
  const reason = 'Anybody can read who is behind an alias or on a list.';
  return tell({ id, level: 'warn', title: 'EXPN lists members', detail: firstLine(answer), reason, answers: [answer], source });
}

/** Empty where no limit is announced. Leaves the conversation after RSET. `isPipelined`: as for recipients. */
export async function sizeFinding(tell: Tell, probe: Probe, { offer }: Hello, isPipelined: boolean): Promise<readonly Finding[]> {
  const limit = Number(offer?.extensions.get('SIZE')?.[0] ?? 0);
  if (!Number.isSafeInteger(limit) || limit <= 0 || !probe.isOpen) return [];
  const command = `MAIL FROM:<> SIZE=${limit + 1}`;
  const together = isPipelined ? await probe.sayAll([command, 'RSET']) : null;
  const answer = together?.[0] ?? (await probe.say(command));
  if (!answer.reply || answer.reply.code === 530 || together?.some(({ reply }) => reply === null)) return [];
  if (!together && was(answer, 'taken')) await probe.say('RSET');
  const title = was(answer, 'taken')
    ? 'A mail above the size limit is not refused at once'
    : 'A mail above the size limit is refused at once';
  return [
    tell({
      id: 'size',
      level: 'info',
      title,
      detail: `limit ${limit.toLocaleString('en-US')} bytes`,
      answers: [answer],
      source: 'RFC 1870 section 6.1',
    }),
  ];
}
