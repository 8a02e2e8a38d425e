// webview: the dashed box in the place of a remote picture that was not loaded. A picture itself, so that the mail's layout treats it as one.

/** Longer text is cut in the middle: beginning and end of an address say the most. */
const longest = 64;

/** A data: address. The box takes whatever size the mail gives its picture; the words are left out where they have no room. */
export function pictureOfBlockedImage(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest - 24)}…${text.slice(-23)}` : text;
  const svg = document.implementation.createDocument('http://www.w3.org/2000/svg', 'svg').documentElement;
  const add = (name: string, attributes: Record<string, string>, content = ''): void => {
    const child = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) child.setAttribute(key, value);
    child.textContent = content;
    svg.append(child);
  };
  const wide = Math.round(shown.length * 6.2 + 16);
  add('style', {}, `@media (max-width: ${wide}px), (max-height: 20px) { text { display: none } }`);
  add('rect', { width: '100%', height: '100%', fill: '#f5f7fa' });
  // Half of the line lies outside of the picture, so that one pixel is seen.
  add('rect', { width: '100%', height: '100%', fill: 'none', stroke: '#9aa5b1', 'stroke-width': '2', 'stroke-dasharray': '4 3' });
  const place = { x: '50%', y: '50%', 'text-anchor': 'middle', 'dominant-baseline': 'central' };
  add('text', { ...place, 'font-family': 'Inter, Arial, sans-serif', 'font-size': '12', fill: '#52606d' }, shown);
  return `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
}
