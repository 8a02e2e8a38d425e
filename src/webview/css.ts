// webview: finds and replaces the addresses in a mail's style sheets. Not a wall (the policies are): it lets cid: images appear in CSS and counts what would be fetched. No DOM.

/** image: url(), image-set() and the like. style: @import. font: the src of @font-face. */
export type CssUse = 'image' | 'style' | 'font';
/** Answers the address to put there, or null to leave it. */
export type ReplaceAddress = (address: string, use: CssUse) => string | null;

const nameStart = /[-a-z_\\\u0080-\uffff]/i;
const namePart = /[-\w\u0080-\uffff]/;
/** Functions in which a plain string is an address (css-images-4). */
const imageFunctions = new Set(['image-set', '-webkit-image-set', 'image', 'cross-fade', '-webkit-cross-fade', 'src']);

/** Reads tokens as css-syntax-3 section 4 does, as far as addresses need it; all else is copied. */
export function replaceCssAddresses(css: string, replace: ReplaceAddress): string {
  let out = '';
  let at = 0;
  const functions: string[] = [];
  const blocks: string[] = [];
  let rule = '';

  const use = (): CssUse => (rule === 'import' ? 'style' : blocks.includes('font-face') ? 'font' : 'image');
  const put = (source: string, address: string, isUrl: boolean): void => {
    const replaced = rule === 'namespace' ? null : replace(address, use());
    if (replaced === null) out += source;
    else out += isUrl ? `url(${quote(replaced)})` : quote(replaced);
  };

  while (at < css.length) {
    const char = css.charAt(at);
    if (css.startsWith('/*', at)) {
      const end = css.indexOf('*/', at + 2);
      const next = end < 0 ? css.length : end + 2;
      out += css.slice(at, next);
      at = next;
    } else if (char === '"' || char === "'") {
      const { value, end } = readString(css, at);
      const isAddress = rule === 'import' || imageFunctions.has(functions.at(-1) ?? '');
      if (isAddress) put(css.slice(at, end), value, false);
      else out += css.slice(at, end);
      at = end;
    } else if (nameStart.test(char)) {
      const name = readName(css, at);
      if (css[name.end] !== '(') {
        out += css.slice(at, name.end);
        at = name.end;
      } else if (name.value === 'url') {
        const { value, end } = readUrl(css, name.end + 1);
        put(css.slice(at, end), value, true);
        at = end;
      } else {
        functions.push(name.value);
        out += css.slice(at, name.end + 1);
        at = name.end + 1;
      }
    } else {
      if (char === '@') rule = readName(css, at + 1).value;
      else if (char === ';') rule = '';
      else if (char === '(') functions.push('');
      else if (char === ')') functions.pop();
      else if (char === '{') {
        blocks.push(rule);
        rule = '';
        functions.length = 0;
      } else if (char === '}') {
        blocks.pop();
        rule = '';
        functions.length = 0;
      }
      out += char;
      at++;
    }
  }
  return out;
}

/**
 * Takes every "<" that could begin markup out of a style sheet without changing what it says: HTML comments around it, data: pictures in it.
 * DOMPurify drops a sheet that holds one.
 */
export function withoutMarkup(css: string): string {
  return css
    .replace(/<!--|-->/g, ' ')
    .replace(/<(?=\d)/g, '< ')
    .replace(/<(?=[/\w!])/g, '\\3c ');
}

interface Read {
  readonly value: string;
  readonly end: number;
}

function readName(css: string, from: number): Read {
  let value = '';
  let at = from;
  while (at < css.length) {
    const char = css.charAt(at);
    if (char === '\\') {
      const escaped = readEscape(css, at);
      value += escaped.value;
      at = escaped.end;
    } else if (namePart.test(char)) {
      value += char;
      at++;
    } else break;
  }
  return { value: value.toLowerCase(), end: at };
}

function readString(css: string, from: number): Read {
  const end = css.charAt(from);
  let value = '';
  let at = from + 1;
  while (at < css.length) {
    const char = css.charAt(at);
    if (char === end) return { value, end: at + 1 };
    if (char === '\n') return { value, end: at };
    if (char === '\\') {
      const escaped = readEscape(css, at);
      value += escaped.value;
      at = escaped.end;
    } else {
      value += char;
      at++;
    }
  }
  return { value, end: at };
}

function readUrl(css: string, from: number): Read {
  let at = skipSpace(css, from);
  if (css[at] === '"' || css[at] === "'") {
    const text = readString(css, at);
    const close = css.indexOf(')', text.end);
    return { value: text.value, end: close < 0 ? css.length : close + 1 };
  }
  let value = '';
  while (at < css.length && css[at] !== ')') {
    if (css[at] === '\\') {
      const escaped = readEscape(css, at);
      value += escaped.value;
      at = escaped.end;
    } else value += css.charAt(at++);
  }
  return { value: value.trim(), end: Math.min(at + 1, css.length) };
}

/** css-syntax-3 section 4.3.7; an escaped line break is nothing (in a string). */
function readEscape(css: string, from: number): Read {
  const hex = /^[0-9a-f]{1,6}/i.exec(css.slice(from + 1, from + 7))?.[0];
  if (hex) {
    const code = Number.parseInt(hex, 16);
    const after = from + 1 + hex.length;
    return {
      value: code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd',
      end: /\s/.test(css.charAt(after)) ? after + 1 : after,
    };
  }
  const next = css.charAt(from + 1);
  return { value: next === '\n' ? '' : next, end: from + 2 };
}

function skipSpace(css: string, from: number): number {
  let at = from;
  while (/\s/.test(css.charAt(at))) at++;
  return at;
}

function quote(address: string): string {
  return `"${address.replace(/["\\\n\r\f]/g, (char) => `\\${char.charCodeAt(0).toString(16)} `)}"`;
}
