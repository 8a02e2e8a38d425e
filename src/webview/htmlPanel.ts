// webview: the HTML tab: toolbar, banner about remote content, and the frame.
import type { MailView } from '../protocol/viewer.ts';
import type { RemoteTally } from './addresses.ts';
import { element, icon, iconButton, linkButton, toggleButton } from './dom.ts';
import { fill, formatCount } from './format.ts';
import { createFrame, type MailFrame } from './frame.ts';
import { type Host, type Width, widths } from './host.ts';
import { createInlineParts } from './inlineParts.ts';
import { prepareMail } from './prepare.ts';
import { radioGroup } from './roving.ts';

const zooms = [0.5, 0.67, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];

export interface HtmlPanel {
  readonly element: HTMLElement;
  /** The mail's document, for find; null while there is none. */
  document(): Document | null;
  receivePart(part: number, bytes: Uint8Array<ArrayBuffer> | null): void;
  dispose(): void;
}

export interface HtmlPanelOptions {
  readonly mail: MailView;
  readonly host: Host;
  readonly locale: string;
  readonly allowRemote: boolean;
  /** The frame holds another document than before. */
  readonly onShown: () => void;
}

export function createHtmlPanel({ mail, host, locale, allowRemote, onShown }: HtmlPanelOptions): HtmlPanel {
  const { strings } = host;
  const panel = element('section', { class: 'panel stack' });
  const { html } = mail;
  if (!html) {
    panel.tabIndex = 0;
    panel.append(element('p', { class: 'nothing dim' }, strings.noHtml));
    return { element: panel, document: () => null, receivePart() {}, dispose() {} };
  }

  const inlineParts = createInlineParts(mail.parts, (part) => host.post({ type: 'needPart', part }));
  const stage = element('div', { class: 'stage' });
  const hover = element('div', { class: 'hover-address', 'aria-hidden': 'true', hidden: true });
  const bannerPlace = element('div', { class: 'banner-place' });
  let frame: MailFrame | undefined;
  let isBannerHidden = false;
  let isDisposed = false;

  panel.append(createToolbar(), bannerPlace, stage, hover);
  render();
  return {
    element: panel,
    document: () => frame?.document() ?? null,
    receivePart: (part, bytes) => inlineParts.receive(part, bytes),
    dispose() {
      isDisposed = true;
      inlineParts.dispose();
      stage.replaceChildren();
    },
  };

  /** A new frame each time: what was in the old one goes with it. */
  function render(): void {
    const content = html?.content ?? '';
    const options = {
      title: strings.frameTitle,
      allowRemote,
      onLink: host.post,
      onHover: (address: string) => {
        hover.textContent = address;
        hover.hidden = address === '';
      },
    };
    frame = createFrame(options, (ready) => {
      if (isDisposed || ready !== frame) return;
      const prepared = prepareMail(content, {
        inlineParts,
        allowRemote,
        areImagesOff: host.state().areImagesOff,
        describeBlocked: (address) => fill(strings.remoteImage, address),
      });
      ready.show(prepared.root, prepared.colorScheme);
      showBanner(prepared.remote);
      onShown();
    });
    applyAppearance();
    stage.replaceChildren(frame.element);
  }

  function applyAppearance(): void {
    const { width, zoom, isDark } = host.state();
    if (!frame) return;
    // The hairline around the paper counts, so that the mail itself is as wide as the button says.
    frame.element.style.width = width === 'full' ? '100%' : `${Number(width) + 2}px`;
    frame.element.style.zoom = String(zoom);
    frame.setDark(isDark);
  }

  function createToolbar(): HTMLElement {
    const state = host.state();
    const reset = element('button', { type: 'button', class: 'icon-button num', title: strings.zoomReset });
    reset.addEventListener('click', () => setZoom(1));
    const showZoom = (): void => {
      const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(host.state().zoom);
      reset.textContent = percent;
      reset.setAttribute('aria-label', fill(strings.zoomLabel, percent));
    };
    const setZoom = (zoom: number): void => {
      host.remember({ zoom });
      showZoom();
      applyAppearance();
    };
    const step = (by: number): void => {
      const at = zooms.findIndex((zoom) => zoom >= host.state().zoom);
      setZoom(zooms[Math.min(Math.max(at + by, 0), zooms.length - 1)] ?? 1);
    };
    showZoom();
    const choices = widths.map((value) => ({
      value,
      text: value === 'full' ? strings.full : value,
      title: value === 'full' ? strings.widthFull : fill(strings.widthPixels, value),
    }));
    const gap = (): HTMLElement => element('span', { class: 'gap' });
    return element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': strings.htmlToolbar },
      radioGroup<Width>(strings.width, choices, state.width, (width) => {
        host.remember({ width });
        applyAppearance();
      }),
      gap(),
      toggleButton('color-mode', strings.darkRendering, state.isDark, (isDark) => {
        host.remember({ isDark });
        applyAppearance();
      }),
      toggleButton('eye-closed', strings.imagesOff, state.areImagesOff, (areImagesOff) => {
        host.remember({ areImagesOff });
        render();
      }),
      gap(),
      iconButton('zoom-out', strings.zoomOut, () => step(-1)),
      reset,
      iconButton('zoom-in', strings.zoomIn, () => step(1)),
    );
  }

  function showBanner(remote: RemoteTally): void {
    const count = allowRemote ? remote.loadableCount : remote.count;
    bannerPlace.replaceChildren();
    if (count === 0 || isBannerHidden) return;
    const templates = allowRemote
      ? { image: strings.imageLoaded, images: strings.imagesLoaded, item: strings.itemLoaded, items: strings.itemsLoaded }
      : { image: strings.imageBlocked, images: strings.imagesBlocked, item: strings.itemBlocked, items: strings.itemsBlocked };
    const [one, many] = remote.areAllImages ? [templates.image, templates.images] : [templates.item, templates.items];
    const hosts = remote.hosts(allowRemote ? 'loadable' : 'all').map((from) => fill(strings.hostAndCount, from.host, from.count));
    const list = new Intl.ListFormat(locale, { type: 'conjunction' }).format(hosts);
    const isLoadable = !allowRemote && remote.loadableCount > 0;
    bannerPlace.append(
      element(
        'div',
        { class: 'banner', role: 'status' },
        icon(allowRemote ? 'unlock' : 'shield'),
        element(
          'p',
          {},
          count === 1 ? one : fill(many, formatCount(count, locale)),
          element('span', { class: 'dim hosts' }, ` ${fill(strings.fromHosts, list)}`),
        ),
        element(
          'div',
          { class: 'actions' },
          isLoadable ? linkButton(strings.loadOnce, () => host.post({ type: 'loadRemote' })) : null,
          iconButton('close', strings.hideNotice, () => {
            isBannerHidden = true;
            bannerPlace.replaceChildren();
          }),
        ),
      ),
    );
  }
}
