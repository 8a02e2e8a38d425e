// webview: the Attachments tab: files to be saved, and the pictures that the HTML shows. Nothing is ever opened.
import type { MailView, Part } from '../protocol/viewer.ts';
import { element, icon, iconButton } from './dom.ts';
import { fill, formatCount, formatSize } from './format.ts';
import type { Host } from './host.ts';
import { rove } from './roving.ts';

export function createAttachmentsPanel(mail: MailView, host: Host, locale: string): HTMLElement {
  const { strings } = host;
  const panel = element('section', { class: 'panel', tabindex: '0' });
  const attached = mail.parts.filter((part) => !part.isInline);
  const inline = mail.parts.filter((part) => part.isInline);
  if (attached.length > 0) {
    const size = formatSize(
      attached.reduce((sum, part) => sum + part.size, 0),
      locale,
    );
    const facts = attached.length === 1 ? fill(strings.oneFile, size) : fill(strings.manyFiles, formatCount(attached.length, locale), size);
    panel.append(
      element(
        'div',
        { class: 'toolbar', role: 'toolbar', 'aria-label': strings.attachmentsToolbar },
        element('span', { class: 'dim toolbar-text' }, facts),
        element(
          'div',
          { class: 'end' },
          iconButton('save-all', strings.saveAll, () => host.post({ type: 'saveAllParts' }), strings.saveAll),
        ),
      ),
      list(attached),
    );
  } else panel.append(element('p', { class: 'nothing dim' }, strings.noAttachments));
  if (inline.length > 0) panel.append(element('h2', { class: 'section' }, strings.insideHtml), list(inline));
  return panel;

  function list(parts: readonly Part[]): HTMLElement {
    const made = element('ul', {}, ...parts.map(row));
    rove(made, () => [...made.querySelectorAll('button')], 2);
    return made;
  }

  function row(part: Part): HTMLElement {
    const name = part.fileName || strings.noName;
    const type =
      part.isInline && part.contentId ? `${part.contentType}, ${fill(strings.shownAs, `cid:${part.contentId}`)}` : part.contentType;
    return element(
      'li',
      { class: 'list-row' },
      icon(iconOf(part.contentType)),
      element(
        'div',
        { class: 'what' },
        element(
          'div',
          {},
          name,
          mayHoldScripts(part) ? ' ' : null,
          mayHoldScripts(part)
            ? element('span', { class: 'tag warn', title: strings.mayHoldScriptsExplained }, strings.mayHoldScripts)
            : null,
        ),
        element(
          'div',
          { class: 'dim' },
          `${type} · ${formatSize(part.size, locale)}`,
          element('span', { class: 'wide' }, ' · SHA-256 ', element('code', { title: part.sha256 }, shortChecksum(part.sha256))),
        ),
      ),
      element(
        'div',
        { class: 'actions' },
        iconButton('save', fill(strings.saveFile, name), () => host.post({ type: 'savePart', part: part.part })),
        iconButton('copy', fill(strings.copyChecksum, name), () => host.post({ type: 'copy', text: part.sha256 })),
      ),
    );
  }
}

function shortChecksum(hex: string): string {
  return `${hex.slice(0, 4)} ${hex.slice(4, 8)} ... ${hex.slice(-4)}`;
}

/** By the type that the mail says or the name's ending: either is enough for a browser. */
function mayHoldScripts({ contentType, fileName }: Part): boolean {
  return (
    /[/+](?:html|xml|xhtml\+xml|svg\+xml|javascript|ecmascript)$/.test(contentType) ||
    /\.(?:html?|xht(?:ml)?|svgz?|xml|m?js|hta)$/i.test(fileName)
  );
}

function iconOf(contentType: string): string {
  if (contentType === 'application/pdf') return 'file-pdf';
  if (contentType === 'text/calendar') return 'calendar';
  if (contentType === 'message/rfc822') return 'mail';
  if (/^(?:image|audio|video)\//.test(contentType)) return 'file-media';
  if (/zip|compressed|x-tar|x-7z|x-rar/.test(contentType)) return 'file-zip';
  if (/html|xml|json|javascript/.test(contentType)) return 'file-code';
  if (contentType.startsWith('text/')) return 'file-text';
  return 'file';
}
