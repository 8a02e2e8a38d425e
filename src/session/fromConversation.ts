// session: a conversation that was recorded, by our server or by a run, as a script that can be run again.
import type { Conversation, ConversationLine } from '../smtp/conversation.ts';
import { mask } from '../smtp/credentialMask.ts';
import { printable } from '../smtp/printable.ts';
import { authMethods, directiveNames, isOneOf, printTarget } from './directive.ts';
import { verbOf } from './parse.ts';
import { neutral } from './update.ts';

export interface ToScriptOptions {
  /** The name after ###; none when absent. */
  readonly name?: string | undefined;
  /** Path of the file with the n-th message (from 0), for @data; a message whose lines were not recorded is replaced by a short one when there is none. */
  dataFile?(index: number): string | undefined;
  /** Where it is to be run; else the server of the conversation. */
  readonly target?: string | undefined;
}

/** What differs from one delivery to the next, in the words of our server and of others. */
const changing = /\b((?:stored|queued) as )\S+/i;

/**
 * Lines end with LF. The notes are comments; those that are directives of a run ("@data file.eml") become such again. What was masked becomes
 * @auth with variables to be filled in.
 */
export function conversationToScript(conversation: Conversation, options: ToScriptOptions = {}): string {
  return new ScriptWriter(conversation, options).write();
}

class ScriptWriter {
  private readonly conversation: Conversation;
  private readonly options: ToScriptOptions;
  private readonly output: string[] = [];
  private messages = 0;
  private needsLogin = false;
  /** After 354: 'due' until the first line of the message. */
  private data: 'none' | 'due' | 'open' = 'none';
  private lastCommand = '';

  constructor(conversation: Conversation, options: ToScriptOptions) {
    this.conversation = conversation;
    this.options = options;
  }

  write(): string {
    const { lines } = this.conversation;
    for (let index = 0; index < lines.length; ) index += this.take(lines, index);
    // The connection ended in the message, so does the script.
    if (this.data !== 'none') this.output.push(...(this.data === 'open' ? ['C: .'] : []), '@close');
    return `${[...this.heading(), ...this.output].join('\n')}\n`;
  }

  private heading(): string[] {
    const { startedAt, client, server, omitted } = this.conversation;
    const { name, target } = this.options;
    return [
      ...(name === undefined ? [] : [`### ${printable(name)}`]),
      `# SMTP conversation of ${printable(startedAt)}`,
      ...(client.address === '' ? [] : [`# ${printTarget({ host: client.address, port: client.port })}`]),
      ...(omitted > 0 ? [`# ${omitted} lines in the middle were not kept.`] : []),
      `@connect ${target ?? (server.address === '' ? '{{host}}:{{port}}' : printTarget({ host: server.address, port: server.port }))}`,
      ...(this.needsLogin ? ['# The login was not kept: fill it in.', '@var user = user', '@var password = password'] : []),
    ];
  }

  /** How many lines it has used. */
  private take(lines: readonly ConversationLine[], index: number): number {
    const line = lines[index];
    if (!line) return 1;
    if (line.who === 'note') this.note(line.text);
    else if (line.who === 'S') this.server(line.text, lines[index + 1]);
    else if (this.data !== 'none') this.dataLine(line.text);
    else return this.client(lines, index, line.text);
    return 1;
  }

  private note(text: string): void {
    const name = directiveNames.find((directive) => text === `@${directive}` || text.startsWith(`@${directive} `));
    if (name === undefined) {
      this.output.push(`# ${printable(text)}`);
      return;
    }
    if (name === 'data') this.data = 'none';
    if (name === 'data') this.messages++;
    this.output.push(printable(text));
  }

  private server(text: string, next: ConversationLine | undefined): void {
    // Our own server keeps no lines of a message, only a note of how much there was.
    if (this.data === 'due') this.unknownMessage();
    this.data = 'none';
    this.output.push(`S: ${neutral(printable(text)).replace(changing, '$1*')}`);
    if (this.lastCommand === 'DATA' && /^354(?:\s|$)/.test(text) && next !== undefined) this.data = 'due';
  }

  private unknownMessage(): void {
    const path = this.options.dataFile?.(this.messages++);
    if (path !== undefined) this.output.push(`@data ${path}`);
    else this.output.push('Subject: A message whose text was not kept', '', 'Its lines are not part of the conversation.', '.');
  }

  private dataLine(text: string): void {
    this.data = text === '.' ? 'none' : 'open';
    this.output.push(`C: ${text}`);
    if (text === '.') this.messages++;
  }

  private client(lines: readonly ConversationLine[], index: number, text: string): number {
    this.lastCommand = verbOf(text);
    const masked = /^AUTH\s+(\S+)/i.exec(text);
    const end = masked ? endOfLogin(lines, index) : index + 1;
    if (masked && lines.slice(index, end).some((line) => line.who === 'C' && line.text.includes(mask))) {
      const method = masked[1]?.toLowerCase() ?? '';
      this.needsLogin = true;
      this.output.push(`@auth ${isOneOf(authMethods, method) ? method : 'plain'} {{user}} {{password}}`);
      return end - index;
    }
    this.output.push(`C: ${text}`);
    return 1;
  }
}

/** After the last challenge and answer; the reply that ends the login is left. */
function endOfLogin(lines: readonly ConversationLine[], index: number): number {
  let end = index + 1;
  while (lines[end]?.who === 'S' && /^334(?:\s|$)/.test(lines[end]?.text ?? '') && lines[end + 1]?.who === 'C') end += 2;
  return end;
}
