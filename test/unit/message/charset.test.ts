// Exact texts: the fixtures were encoded by another program than the one that decodes them here.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeText, decodeTransfer } from '../../../src/message/charset.ts';
import { fixture, view } from './fixtures.ts';

const texts: Readonly<Record<string, string>> = {
  'charset-utf-8': 'Grüße aus Köln, naïve café, 日本語, смело, 🎉 — fin.\n',
  'charset-iso-8859-1': 'Größe geändert: für 50 £, Señor Muñoz, déjà vu.\n',
  'charset-iso-8859-2': 'Příliš žluťoučký kůň úpěl ďábelské ódy.\n',
  'charset-iso-8859-15': 'Preis: 142,50 €, œuvre, Žižka, Š.\n',
  'charset-windows-1250': 'Zażółć gęślą jaźń, „cytat” – Łódź.\n',
  'charset-windows-1251': 'Подтвердите адрес — «ссылка» действует 24 часа.',
  'charset-windows-1252': '“Smart quotes” – 142.50 € … ‘fine’ ™\n',
  'charset-iso-2022-jp': 'ご注文ありがとうございます。商品を発送しました。\n',
  'charset-gb18030': '您的订单已发货。㐀𠀀',
  'charset-gbk': '您的訂單已經發貨，请查收。\n',
  'charset-gb2312': '请确认您的地址。\n',
  'charset-big5': '您的訂單已出貨，請注意查收。',
  'charset-shift-jis': '表示能力テスト：パスワードの再設定\n',
  'charset-euc-jp': 'お問い合わせの件につきまして\n',
  'charset-euc-kr': '주문하신 상품이 발송되었습니다.\n',
  'charset-ks-c-5601-1987': '비밀번호를 재설정하세요. 뷁',
  'charset-koi8-r': 'Съешь же ещё этих мягких французских булок.\n',
  'charset-utf-16': 'UTF-16 without a mark: ελληνικά, 日本 😀',
  'charset-utf-16-mark': 'Mark says little-endian: ελληνικά 😀',
  'charset-missing-utf-8': 'Größe, café, 日本\n',
  'charset-missing-latin-1': 'Größe, café – fin\n',
  'charset-unknown': 'Grüße, still readable\n',
  'encoding-comment': 'Заказ отправлен.\n',
  'header-bare-cr': 'Заказ отправлен.\n',
  'header-begins-folded': 'Заказ отправлен.',
  'charset-wrong-declaration': 'Gr\uFFFD\uFFFDe\n',
  'utf-8-everything': 'Γειά σου Κόσμε, שלום עולם, مرحبا بالعالم, नमस्ते, 你好, こんにちは, 안녕, 👩‍👩‍👧‍👦\n',
  'quoted-printable-edges':
    'softbreak, trailing space dropped\nkept \nlower case é, a lone = sign, =ZZ is no code,\nsoft with space joined, cut at the end ',
  'base64-padded-lines': 'One piece. Another piece, é.',
  'nul-and-controls': 'before\0after \x07\x1b[31mred\x1b[0m\n',
  'format-flowed': 'This paragraph goes on over two lines and is one.\n\n> quoted text goes on\nFrom is stuffed with a space.\n-- \nKim\n',
};

describe('the text of a mail', () => {
  for (const [name, text] of Object.entries(texts)) {
    test(`${name} reads exactly`, async () => {
      const shown = await view(fixture(name));
      assert.equal(shown.text?.content, text);
      assert.equal(shown.problem, null);
    });
  }

  test('charset and transfer encoding are told as declared, in lower case', async () => {
    const { text } = await view(fixture('charset-windows-1252'));
    assert.deepEqual([text?.charset, text?.encoding], ['windows-1252', 'quoted-printable']);
    const missing = await view(fixture('charset-missing-utf-8'));
    assert.deepEqual([missing.text?.charset, missing.text?.encoding], ['', '8bit']);
  });
});

describe('decodeText', () => {
  test('names of encodings that are no charsets decode nothing', () => {
    for (const name of ['hex', 'base64', 'binary', 'internal']) assert.equal(decodeText(Buffer.from('Grüße'), name), 'Grüße', name);
  });

  test('a byte order mark is no text', () => {
    assert.equal(decodeText(Buffer.from('\uFEFFa'), 'utf-8'), 'a');
    assert.equal(decodeText(Buffer.from('\uFEFFa'), ''), 'a');
  });

  test('octets of an unknown charset that are not UTF-8 are read as Windows-1252', () => {
    assert.equal(decodeText(Buffer.from([0x80, 0xe4]), 'x-nobody'), '€ä');
  });
});

describe('decodeTransfer', () => {
  test('base64 skips what is not in its alphabet', () => {
    assert.equal(decodeTransfer(Buffer.from('SGVs!\r\n* bG8=\r\n'), 'base64').toString(), 'Hello');
  });

  test('quoted-printable takes linear time for spaces without end', () => {
    const octets = Buffer.alloc(5 * 1024 * 1024, ' ');
    octets[octets.length - 1] = 0x78;
    assert.equal(decodeTransfer(octets, 'quoted-printable').length, octets.length);
    assert.equal(decodeTransfer(octets.subarray(0, -1), 'quoted-printable').length, 0);
  });

  test('an unknown encoding leaves the octets alone', () => {
    assert.equal(decodeTransfer(Buffer.from('=41'), 'x-uuencode').toString(), '=41');
  });
});
