// ui/server: the messages of Send Test Message, and sending them over real SMTP. A bundle of its own (dist/sendTest.cjs), loaded when it is first
// needed: nodemailer would make every start of the extension slower.
import { createTransport, type SendMailOptions } from 'nodemailer';

export const testKinds = ['plain', 'html', 'attachment', 'utf8'] as const;
export type TestKind = (typeof testKinds)[number];

export interface TestDelivery {
  readonly kind: TestKind;
  readonly host: string;
  readonly port: number;
  /** Absolute path of a PNG for the inline image. */
  readonly image: string;
}

const from = { name: 'Mailroom', address: 'mailroom@example.test' };
const to = 'you@example.test';

/** Resolves when the server has answered 250; rejects with what nodemailer says otherwise. */
export async function sendTestMessage({ kind, host, port, image }: TestDelivery): Promise<void> {
  const transport = createTransport({ host, port, secure: false, ignoreTLS: true, connectionTimeout: 5000, socketTimeout: 10_000 });
  try {
    await transport.sendMail(compose(kind, image));
  } finally {
    transport.close();
  }
}

function compose(kind: TestKind, image: string): SendMailOptions {
  switch (kind) {
    case 'plain':
      return {
        from,
        to,
        subject: 'A plain test message',
        text: 'This message was sent by Send Test Message, over SMTP, to the server in this window.\n\nIt is plain text: no HTML, no attachment.\n',
      };
    case 'html':
      return {
        from,
        to,
        subject: 'HTML with an inline image',
        text: 'The HTML part shows an image that is in the message itself.\n',
        html: [
          '<!doctype html><html><body style="font-family: sans-serif; max-width: 36em">',
          '<h1 style="color: #0f5c56">HTML with an inline image</h1>',
          '<p><img src="cid:icon@mailroom.example.test" width="64" height="64" alt="A rack of pigeonholes with a letter"></p>',
          '<p>The image above is a part of this message, named by its <code>Content-ID</code>. The one below would come from the network:',
          'it stays blocked until you load it.</p>',
          '<p><img src="https://images.example.test/remote.png" width="64" height="64" alt="A remote image"></p>',
          '<p><a href="https://example.test/confirm?token=482913">A link</a></p>',
          '</body></html>',
        ].join('\n'),
        attachments: [{ filename: 'icon.png', path: image, cid: 'icon@mailroom.example.test' }],
      };
    case 'attachment':
      return {
        from,
        to,
        subject: 'Two attachments',
        text: 'A table and a note are attached.\n',
        attachments: [
          {
            filename: 'invoice 2026-1180.csv',
            contentType: 'text/csv; charset=utf-8',
            content: 'item,amount\r\nPigeonhole rack,482.00\r\nLetter,9.13\r\n',
          },
          { filename: 'note.txt', contentType: 'text/plain; charset=utf-8', content: 'Save me with Save As.\n' },
        ],
      };
    case 'utf8':
      // RFC 6531: not even the addresses are ASCII, so the server has to offer SMTPUTF8.
      return {
        from: { name: 'Jörg Müller', address: 'jörg@bücher.example.test' },
        to: [{ name: '山田 太郎', address: '太郎@例え.example.test' }],
        subject: 'Grüße, Привет, こんにちは, 🌍 — UTF-8 in everything',
        text: 'Ελληνικά, עברית, العربية, 中文, ไทย, emoji 📬\n',
        html: '<p>Ελληνικά, <span dir="rtl">עברית</span>, <span dir="rtl">العربية</span>, 中文, ไทย, emoji 📬</p>\n',
        attachments: [{ filename: 'Übersicht – 概要.txt', contentType: 'text/plain; charset=utf-8', content: 'Größe: 42 µm\n' }],
      };
  }
}
