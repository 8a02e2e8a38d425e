import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CssUse, replaceCssAddresses, withoutMarkup } from '../../../src/webview/css.ts';

function addressesIn(css: string): [address: string, use: CssUse][] {
  const found: [string, CssUse][] = [];
  replaceCssAddresses(css, (address, use) => {
    found.push([address, use]);
    return null;
  });
  return found;
}

describe('addresses in style sheets', () => {
  const picture = 'http://a.test/p.png';
  for (const [what, css] of [
    ['url()', `a{background:url(${picture})}`],
    ['url() in quotes and spaces', `a{background:url(  "${picture}"  )}`],
    ['URL() in upper case', `a{background:URL('${picture}')}`],
    ['an escaped url()', `a{background:\\75\\72\\6c(${picture})}`],
    ['an escaped address', 'a{background:url(http\\3a //a.test/p.png)}'],
    ['image-set() with a string', `a{background:image-set("${picture}" 1x)}`],
    ['-webkit-image-set() with url()', `a{background:-webkit-image-set(url(${picture}) 1x)}`],
    ['a custom property', `a{--x:url(${picture})}`],
    ['declarations without rule', `background:url(${picture})`],
    ['a nested rule', `@media all{@supports (color:red){a{cursor:url(${picture}),auto}}}`],
    ['a url() without end', `a{background:url(${picture}`],
  ] as const) {
    test(`${what} is found`, () => assert.deepEqual(addressesIn(css), [[picture, 'image']]));
  }

  test('@import is a sheet, with url() and with a string', () => {
    assert.deepEqual(addressesIn('@import url(http://a.test/1.css);@import "http://a.test/2.css" screen;a{content:"http://a.test"}'), [
      ['http://a.test/1.css', 'style'],
      ['http://a.test/2.css', 'style'],
    ]);
  });

  test('the source of @font-face is a font, and what follows is none', () => {
    assert.deepEqual(addressesIn('@font-face{font-family:x;src:url(http://a.test/f.woff)}a{background:url(http://a.test/p)}'), [
      ['http://a.test/f.woff', 'font'],
      ['http://a.test/p', 'image'],
    ]);
  });

  test('comments, strings and namespaces hold none', () => {
    assert.deepEqual(
      addressesIn('/* url(http://a.test/1) */ a{content:"url(http://a.test/2)"} @namespace url(http://www.w3.org/1999/xhtml); a{curl:x}'),
      [],
    );
  });

  test('all that is no address stays as it is', () => {
    const css = `/* c */ @media (min-width: 1px) { a > b::before { content: "\\201C )"; width: calc(100% - (2px * 3)) } } .\\31 0 { color: #fff }`;
    assert.equal(
      replaceCssAddresses(css, () => 'never'),
      css,
    );
  });

  test('a replaced address cannot end its place', () => {
    const css = replaceCssAddresses('a{background:url(cid:x)}', () => 'blob:"),url(http://a.test/\n');
    assert.deepEqual(addressesIn(css), [['blob:"),url(http://a.test/\n', 'image']]);
  });

  test('a hostile sheet takes time in proportion to its length', () => {
    const parts = ['url(', '\\', '"', '/*', 'image-set(', '@import ', '{', '((((', 'u\\72 l('];
    for (const part of parts) assert.ok(replaceCssAddresses(part.repeat(100_000), () => null).length >= 100_000);
  });
});

describe('markup in style sheets', () => {
  test('an HTML comment around a sheet goes, the sheet stays', () => {
    assert.equal(withoutMarkup('<!-- a{color:red} -->').trim(), 'a{color:red}');
  });

  test('nothing that begins a tag is left, and strings say the same', () => {
    const css = withoutMarkup(`a{background:url("data:image/svg+xml,<svg></svg>")} @media (width<600px){b{c:d}}`);
    assert.doesNotMatch(css, /<[/\w!]/);
    assert.deepEqual(addressesIn(css), [['data:image/svg+xml,<svg></svg>', 'image']]);
    assert.match(css, /\(width< 600px\)/);
  });
});
