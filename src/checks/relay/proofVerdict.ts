// checks: what became of a message that was sent through a tested server: it arrived, it was refused, or nobody knows.
import { printable } from '../../smtp/printable.ts';
import { replyText } from '../../smtp/reply.ts';
import type { Evidence, Finding } from '../report.ts';
import { seconds } from '../smtp/connecting.ts';
import { endedByRun, firstLine, type Tell, was } from '../smtp/found.ts';
import type { Answer } from '../smtp/probe.ts';
import { type DeliveredMail, receivedFields } from './deliveries.ts';
import { nameTest, type RelayTest } from './matrix.ts';
import type { Probing } from './probing.ts';
import { subjectOf } from './proofMessage.ts';

export interface Proof {
  readonly test: RelayTest;
  readonly token: string;
}

const id = 'relay-proof';
const source = 'RFC 5321 section 4.4';
/** Of one mail; UTF-16 units of each. */
const mostFields = 10;
const maxField = 1000;
const maxReply = 2000;

export interface Arrival {
  /** How the server is called in sentences. */
  readonly server: string;
  readonly probing: Probing;
  /** From the end of data to here. */
  readonly ms: number;
}

export function arrivedFinding(tell: Tell, proof: Proof, mail: DeliveredMail, { server, probing, ms }: Arrival): Finding {
  const fields = receivedFields(mail.bytes);
  const evidence = [way(proof), ...deliveredBy(mail)];
  const detail = `${wayWords(proof)}, after ${seconds(ms)}`;
  if (fields.length === 0)
    return tell({
      id,
      level: 'unknown',
      title: 'The message lies in the drop folder, but nobody seems to have passed it on',
      detail,
      reason:
        'It has no Received field, which every server that passes on mail adds. Most likely the tested server is the one that fills this drop folder, and taking mail for itself is not relaying.',
      evidence,
      source,
      ms,
    });
  const shown = fields.slice(0, mostFields).map((field) => printableLines(field.slice(0, maxField)));
  const received = { label: 'Received fields of the mail that arrived, newest first', text: shown.join('\n') };
  const { isTrustLikely, from, meaning } = probing;
  return tell({
    id,
    level: isTrustLikely ? 'warn' : 'fail',
    title: isTrustLikely
      ? `${server} relays mail from ${from}: the message arrived`
      : `${server} relays mail for strangers: the message arrived`,
    detail,
    reason: `It passed on a message to a domain that is not its own. ${meaning}`,
    evidence: [received, ...evidence],
    source,
    ms,
  });
}

/** Taken, and not seen again. */
export function missingFinding(
  tell: Tell,
  proof: Proof,
  answer: Answer,
  { server, ms, isCancelled }: { readonly server: string; readonly ms: number; readonly isCancelled: boolean },
): Finding {
  return tell({
    id,
    level: 'unknown',
    title: `${server} ${answer.reply ? 'took the message, and it' : 'did not say that it took the message, which'} did not arrive${isCancelled ? ' until cancelled' : ''}`,
    detail: `${wayWords(proof)}, within ${seconds(ms)}`,
    reason: `It may still lie in the server's queue, have gone elsewhere or been thrown away; a server that takes mail need not pass it on. Should it arrive later, it lies in the drop folder as "${subjectOf(proof.token)}". The setting mailroom.checks.timeout allows more time, and only mail for a domain that leads to this Mailroom can arrive.`,
    evidence: [reply('Reply to the message', answer), way(proof)],
    source,
    ms,
  });
}

/** By then or before: at MAIL, RCPT, DATA or after the message. */
export function refusedFinding(tell: Tell, proof: Proof, answer: Answer, server: string): Finding {
  const where = answer.command === '.' ? 'the message' : (answer.command.split(/[ :]/, 1)[0] ?? '');
  const about = {
    id,
    detail: `${wayWords(proof)}: ${firstLine(answer)}`,
    evidence: [reply(`Reply to ${where}`, answer), way(proof)],
    source,
  };
  const ended = endedByRun(answer.failure);
  if (ended) return tell({ ...about, title: 'Proof by delivery', ...ended });
  if (!was(answer, 'refused'))
    return tell({
      ...about,
      level: 'unknown',
      title: `${server} did not take the message`,
      reason: answer.reply
        ? 'It was put off (4xx), as with greylisting: try again in some minutes.'
        : 'No answer came, so nothing is known.',
    });
  const isLate = answer.command === '.' || answer.command === 'DATA';
  return tell({
    ...about,
    level: 'pass',
    title: `${server} refused the message`,
    reason: isLate
      ? 'It accepted the recipient and refused then: some servers look at recipients only when the message is there. In this way it does not relay.'
      : 'Before, the server accepted this way for another recipient, or from another sender; for this one it does not relay.',
  });
}

function wayWords({ test }: Proof): string {
  return nameTest(test);
}

function way({ test: { from, to } }: Proof): Evidence {
  return { label: 'Sent as', text: `MAIL FROM:<${from}>\nRCPT TO:<${to}>` };
}

function reply(label: string, answer: Answer): Evidence {
  return { label, text: answer.reply ? replyText(answer.reply).slice(0, maxReply) : (answer.failure?.message ?? 'no answer') };
}

function deliveredBy({ delivery }: DeliveredMail): readonly Evidence[] {
  if (!delivery) return [];
  const { client, clientName } = delivery.conversation;
  const name = clientName === null ? '' : `, as ${printable(clientName.slice(0, maxField))}`;
  const to = delivery.envelope.to.map(({ address }) => printable(address.slice(0, maxField))).slice(0, mostFields);
  return [{ label: 'Delivered to the drop folder', text: `by ${client.address}${name}\nto ${to.join(', ')}` }];
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
