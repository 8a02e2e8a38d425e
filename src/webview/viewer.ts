// webview: the viewer's page. Builds it anew for each mail that the extension sends; keeps what the user chose (tab, width, zoom).
import type { MailView, ToViewer, ViewerTab } from '../protocol/viewer.ts';
import { createAttachmentsPanel } from './attachmentsPanel.ts';
import { createConversationPanel } from './conversationPanel.ts';
import { createEnvelopePanel } from './envelopePanel.ts';
import { createFindBar, type FindBar } from './find.ts';
import { createHeadersPanel } from './headersPanel.ts';
import { connectHost } from './host.ts';
import { createHtmlPanel, type HtmlPanel } from './htmlPanel.ts';
import { createFailedNotice, createGoneNotice, createNotices } from './notices.ts';
import { createSummary } from './summary.ts';
import { createTabs, type Tabs } from './tabs.ts';
import { createTextPanel } from './textPanel.ts';

const host = connectHost();
const main = document.querySelector('main') ?? document.body;
/** Said by the extension, not by the mail: a place of its own, so that it comes and goes while the mail stays. */
const news = document.createElement('div');
let shown: { readonly html: HtmlPanel; readonly tabs: Tabs; readonly find: FindBar } | undefined;

window.addEventListener('message', (event: MessageEvent<ToViewer>) => {
  const message = event.data;
  switch (message.type) {
    case 'mail':
      return showMail(message.mail, message.remote, message.locale);
    case 'part':
      return shown?.html.receivePart(message.part, message.bytes);
    case 'gone':
      return news.replaceChildren(createGoneNotice(host));
    case 'failed':
      if (!shown) main.replaceChildren(news);
      main.removeAttribute('aria-busy');
      return news.replaceChildren(createFailedNotice(message.message, host));
    case 'find':
      return shown?.find.open();
  }
});
host.post({ type: 'ready' });

function showMail(mail: MailView, allowRemote: boolean, locale: string): void {
  shown?.html.dispose();
  shown?.tabs.dispose();
  const { strings } = host;
  let tab: ViewerTab = host.state().tab ?? firstTab(mail);
  const find = createFindBar(host, locale, () =>
    tab === 'html' ? (html.document()?.body ?? null) : document.getElementById(`panel-${tab}`),
  );
  const html = createHtmlPanel({ mail, host, locale, allowRemote, onShown: () => find.refresh() });
  const attachments = mail.parts.filter((part) => !part.isInline).length;
  const plain = { badge: null };
  const tabs = createTabs(
    [
      { id: 'html', label: strings.tabHtml, panel: html.element, ...plain },
      { id: 'text', label: strings.tabText, panel: createTextPanel(mail, host, locale), ...plain },
      { id: 'headers', label: strings.tabHeaders, panel: createHeadersPanel(mail, host, locale), ...plain },
      {
        id: 'attachments',
        label: strings.tabAttachments,
        panel: createAttachmentsPanel(mail, host, locale),
        badge: attachments > 0 ? String(attachments) : null,
      },
      { id: 'envelope', label: strings.tabEnvelope, panel: createEnvelopePanel(mail, host, locale), ...plain },
      { id: 'conversation', label: strings.tabConversation, panel: createConversationPanel(mail, host, locale), ...plain },
    ],
    {
      label: strings.tabList,
      moreLabel: strings.moreTabs,
      chosen: tab,
      onChoose(chosen) {
        tab = chosen;
        host.remember({ tab: chosen });
        find.refresh();
      },
    },
  );
  shown = { html, tabs, find };
  news.replaceChildren();
  tabs.strip.append(find.element);
  document.title = mail.subject?.trim() || mail.fileName;
  main.replaceChildren(createSummary(mail, host, locale), news, ...createNotices(mail, host), tabs.strip, ...tabs.panels);
  main.removeAttribute('aria-busy');
}

/** What a person wants to see first: the mail as it was meant; of a mail of which nothing arrived, what was said. */
function firstTab(mail: MailView): ViewerTab {
  if (mail.size === 0 && mail.delivery) return 'conversation';
  return mail.html || !mail.text ? 'html' : 'text';
}
