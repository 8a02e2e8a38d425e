// webview: the tab strip, as in VS Code's panel: one tab stop, arrows choose, tabs without room go behind "...".
import type { ViewerTab } from '../protocol/viewer.ts';
import { element, iconButton } from './dom.ts';
import { makeStop, rove } from './roving.ts';

export interface TabDefinition {
  readonly id: ViewerTab;
  readonly label: string;
  readonly badge: string | null;
  readonly panel: HTMLElement;
}

export interface Tabs {
  readonly strip: HTMLElement;
  readonly panels: readonly HTMLElement[];
  dispose(): void;
}

export interface TabsOptions {
  readonly label: string;
  readonly moreLabel: string;
  readonly chosen: ViewerTab;
  readonly onChoose: (tab: ViewerTab) => void;
}

export function createTabs(definitions: readonly TabDefinition[], options: TabsOptions): Tabs {
  const entries = definitions.map(({ id, label, badge, panel }) => {
    const attributes = { type: 'button', class: 'tab', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}` };
    const tab = element('button', attributes, label, badge === null ? null : element('span', { class: 'badge' }, badge));
    panel.id = `panel-${id}`;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    tab.addEventListener('click', () => choose(id));
    return { id, label, tab, panel };
  });
  const tabs = entries.map(({ tab }) => tab);
  const list = element('div', { role: 'tablist', 'aria-label': options.label }, ...tabs);
  const more = iconButton('ellipsis', options.moreLabel, () => (menu ? closeMenu() : openMenu()));
  more.classList.add('more');
  more.setAttribute('aria-haspopup', 'menu');
  more.setAttribute('aria-expanded', 'false');
  const strip = element('div', { class: 'tabs' }, list, more);
  let menu: HTMLElement | undefined;

  rove(
    list,
    () => tabs.filter((tab) => !tab.hidden),
    1,
    (tab) => tab.click(),
  );
  const observer = new ResizeObserver(fitTabs);
  observer.observe(strip);
  choose(options.chosen, false);
  return {
    strip,
    panels: entries.map(({ panel }) => panel),
    dispose: () => observer.disconnect(),
  };

  function choose(id: ViewerTab, isByUser = true): void {
    for (const entry of entries) {
      const isChosen = entry.id === id;
      entry.tab.setAttribute('aria-selected', String(isChosen));
      entry.panel.hidden = !isChosen;
      if (isChosen) makeStop(tabs, entry.tab);
    }
    fitTabs();
    if (isByUser) options.onChoose(id);
  }

  /** The chosen tab is always visible; of the others the last ones go first. */
  function fitTabs(): void {
    for (const tab of tabs) tab.hidden = false;
    more.hidden = true;
    const style = getComputedStyle(strip);
    const room = strip.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    const shown = [...tabs];
    const width = (): number => shown.reduce((sum, tab) => sum + tab.offsetWidth, 0);
    // No width: the strip is not in the page yet; the observer calls again.
    if (strip.clientWidth === 0 || width() <= room) return;
    more.hidden = false;
    while (shown.length > 1 && width() > room - more.offsetWidth - 8) {
      const last = shown.findLast((tab) => tab.getAttribute('aria-selected') !== 'true');
      if (!last) break;
      last.hidden = true;
      shown.splice(shown.indexOf(last), 1);
    }
  }

  function openMenu(): void {
    const items = entries
      .filter(({ tab }) => tab.hidden)
      .map(({ id, label, tab }) => {
        const item = element('button', { type: 'button', class: 'menu-item', role: 'menuitem' }, label);
        item.addEventListener('click', () => {
          closeMenu();
          choose(id);
          tab.focus();
        });
        return item;
      });
    menu = element('div', { class: 'menu', role: 'menu', 'aria-label': options.moreLabel }, ...items);
    rove(menu, () => items);
    menu.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') closeMenu(true);
    });
    menu.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node && (menu?.contains(event.relatedTarget) || more.contains(event.relatedTarget))))
        closeMenu();
    });
    strip.append(menu);
    more.setAttribute('aria-expanded', 'true');
    items[0]?.focus();
  }

  function closeMenu(isFocusKept = false): void {
    const closing = menu;
    menu = undefined;
    closing?.remove();
    more.setAttribute('aria-expanded', 'false');
    if (isFocusKept) more.focus();
  }
}
