// webview: Find in Mail: a bar of our own, because VS Code's find widget does not look into the frame.
import { element, iconButton } from './dom.ts';
import { fill, formatCount } from './format.ts';
import type { Host } from './host.ts';

/** Marked at once; more would only be slow. */
const mostMatches = 1000;

/** Elements that do not end a word: a match may go across their borders. */
const inlineTags = new Set('a abbr b bdi bdo big cite code em font i mark nobr q s small span strong sub sup tt u var wbr'.split(' '));
const silentTags = new Set(['style', 'script', 'title', 'noscript']);

/** Colours of their own: the frame knows none of VS Code's, and the paper is white. */
const frameStyle =
  '::highlight(mailroom-find) { background: #ffd33d88; color: #000 } ::highlight(mailroom-find-current) { background: #f9a825; color: #000 }';

type Realm = Window & typeof globalThis;

export interface FindBar {
  readonly element: HTMLElement;
  open(): void;
  /** The place to look in shows something else now. */
  refresh(): void;
}

/** @param place where to look: the frame's body or the shown panel. */
export function createFindBar(host: Host, locale: string, place: () => HTMLElement | null): FindBar {
  const { strings } = host;
  const input = element('input', { class: 'input', type: 'text', placeholder: strings.find, 'aria-label': strings.find });
  const position = element('span', { class: 'dim position', role: 'status' });
  const bar = element(
    'div',
    { class: 'find-bar', role: 'search', 'aria-label': strings.findToolbar, hidden: true },
    input,
    position,
    iconButton('arrow-up', strings.findPrevious, () => move(-1)),
    iconButton('arrow-down', strings.findNext, () => move(1)),
    iconButton('close', strings.findClose, close),
  );
  let matches: readonly Range[] = [];
  let current = -1;
  let marked: Realm | undefined;

  input.addEventListener('input', () => search(true));
  bar.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && event.target === input) move(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  });
  return {
    element: bar,
    open() {
      bar.hidden = false;
      input.focus();
      input.select();
      search(true);
    },
    refresh() {
      if (!bar.hidden) search(false);
    },
  };

  function close(): void {
    bar.hidden = true;
    unmark();
    const panel = place();
    (panel?.ownerDocument.defaultView?.frameElement instanceof HTMLElement ? panel.ownerDocument.defaultView.frameElement : panel)?.focus();
  }

  function search(isScrolling: boolean): void {
    const root = place();
    matches = root && input.value !== '' ? findText(root, input.value) : [];
    current = matches.length > 0 ? 0 : -1;
    show(isScrolling);
  }

  function move(by: number): void {
    if (matches.length === 0) return;
    current = (current + by + matches.length) % matches.length;
    show(true);
  }

  function show(isScrolling: boolean): void {
    unmark();
    const match = matches[current];
    const isEmpty = input.value === '';
    const template = matches.length >= mostMatches ? strings.findManyPosition : strings.findPosition;
    position.textContent = isEmpty ? '' : match ? fill(template, current + 1, formatCount(matches.length, locale)) : strings.findNothing;
    position.classList.toggle('is-fail', !isEmpty && !match);
    if (!match) return;
    mark(match);
    if (isScrolling) match.startContainer.parentElement?.scrollIntoView({ block: 'center', inline: 'nearest' });
  }

  function mark(match: Range): void {
    const realm = match.startContainer.ownerDocument?.defaultView as Realm | null;
    if (!realm) return;
    marked = realm;
    if (realm !== window && realm.document.adoptedStyleSheets.length === 0) {
      const sheet = new realm.CSSStyleSheet();
      sheet.replaceSync(frameStyle);
      realm.document.adoptedStyleSheets = [sheet];
    }
    realm.CSS.highlights.set('mailroom-find', new realm.Highlight(...matches));
    const one = new realm.Highlight(match);
    one.priority = 1;
    realm.CSS.highlights.set('mailroom-find-current', one);
  }

  function unmark(): void {
    marked?.CSS?.highlights.clear();
    marked = undefined;
  }
}

/** Ranges of all matches, without regard to case; white space in the query stands for any. */
function findText(root: HTMLElement, query: string): readonly Range[] {
  const inside = root.ownerDocument;
  const pieces: { readonly node: Text; readonly start: number }[] = [];
  let text = '';
  const walker = inside.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, (node) =>
    silentTags.has(node.nodeName.toLowerCase()) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      pieces.push({ node: node as Text, start: text.length });
      text += (node as Text).data;
    } else if (!inlineTags.has(node.nodeName.toLowerCase())) text += '\n';
  }
  const words = query.split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const ranges: Range[] = [];
  let at = 0;
  for (const match of text.matchAll(new RegExp(words.join('\\s+'), 'gi'))) {
    if (match[0] === '' || ranges.length >= mostMatches) break;
    const range = inside.createRange();
    at = pieceAt(pieces, match.index, at);
    const first = pieces[at];
    const last = pieces[pieceAt(pieces, match.index + match[0].length - 1, at)];
    if (!first || !last) continue;
    range.setStart(first.node, Math.min(match.index - first.start, first.node.length));
    range.setEnd(last.node, Math.min(match.index + match[0].length - last.start, last.node.length));
    ranges.push(range);
  }
  return ranges;
}

/** Index of the piece that holds a position; `from` is a piece at or before it. */
function pieceAt(pieces: readonly { readonly start: number }[], position: number, from: number): number {
  let index = from;
  for (let next = pieces[index + 1]; next && next.start <= position; next = pieces[index + 1]) index++;
  return index;
}
