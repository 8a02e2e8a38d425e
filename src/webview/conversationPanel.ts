// webview: the Conversation tab: what client and server said, line by line, with times.
import type { MailView } from '../protocol/viewer.ts';
import type { ConversationLine } from '../smtp/conversation.ts';
import { type Child, element, iconButton } from './dom.ts';
import { fill, formatCount, formatMilliseconds } from './format.ts';
import type { Host } from './host.ts';

export function createConversationPanel(mail: MailView, host: Host, locale: string): HTMLElement {
  const { strings } = host;
  const panel = element('section', { class: 'panel', tabindex: '0' });
  if (!mail.delivery) {
    panel.append(element('p', { class: 'nothing dim' }, strings.noConversation));
    return panel;
  }
  const { lines, client, server, omitted } = mail.delivery.conversation;
  const duration = formatMilliseconds(lines.at(-1)?.at ?? 0, locale);
  const facts = [fill(strings.conversationSummary, `${client.address}:${client.port}`, server.port, duration)];
  if (omitted > 0) facts.push(fill(strings.linesOmitted, formatCount(omitted, locale)));
  panel.append(
    element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': strings.conversationToolbar },
      element('span', { class: 'dim toolbar-text' }, facts.join(', ')),
      element(
        'div',
        { class: 'end' },
        iconButton('go-to-file', strings.openConversation, () => host.post({ type: 'openConversation' })),
        iconButton('copy', strings.copyConversation, () => host.post({ type: 'copy', text: lines.map(asText).join('\n') })),
      ),
    ),
    element('ol', { class: 'talk', 'aria-label': strings.conversationLabel }, ...lines.map((line, index) => row(line, lines[index - 1]))),
  );
  return panel;

  function row(line: ConversationLine, before: ConversationLine | undefined): HTMLElement {
    // The lines of one reply have one time.
    const isSameTime = line.at === before?.at && line.who === before.who;
    const time = element('time', {}, isSameTime ? '' : formatMilliseconds(line.at, locale));
    if (line.who === 'note') return element('li', {}, time, element('p', { class: 'note' }, line.text));
    const content: readonly Child[] = line.who === 'S' ? replyContent(line.text) : [line.text];
    return element(
      'li',
      {},
      time,
      element('span', { class: 'who' }, `${line.who}:`),
      element('p', line.who === 'C' ? { class: 'c' } : {}, ...content),
    );
  }
}

function replyContent(text: string): readonly Child[] {
  const code = /^[2-5]\d\d(?=[ -]|$)/.exec(text)?.[0];
  if (!code) return [text];
  return [element('span', { class: `code c${code.charAt(0)}` }, code), text.slice(code.length)];
}

function asText({ who, text }: ConversationLine): string {
  return who === 'note' ? `# ${text}` : `${who}: ${text}`;
}
