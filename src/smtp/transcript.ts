// smtp: prints a recorded conversation in the notation of RFC 5321's examples, lines "C: " and "S: ", so that it can be read, kept and compared.
import type { Conversation, Peer } from './conversation.ts';
import { printable } from './printable.ts';

/** Every line ends with LF. Notes and the heading are lines that begin with "# ". */
export function printConversation(conversation: Conversation): string {
  const lines = [
    `# SMTP conversation of ${printable(conversation.startedAt)}`,
    `# ${printPeer(conversation.client)} to ${printPeer(conversation.server)}`,
    ...conversation.lines.map((line) => `${line.who === 'note' ? '#' : `${line.who}:`} ${printable(line.text)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function printPeer({ address, port }: Peer): string {
  return `${address.includes(':') ? `[${printable(address)}]` : printable(address)}:${port}`;
}
