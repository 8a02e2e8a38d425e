// The raw client, the ways to log in and the words for replies, with Postfix, Exim and OpenSMTPD as they are in Debian.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AuthMechanism, authExchange } from '../../../src/smtp/auth.ts';
import { SmtpClient } from '../../../src/smtp/client.ts';
import { explainReply } from '../../../src/smtp/explain.ts';
import { type Reply, replyText } from '../../../src/smtp/reply.ts';
import { isSkipped, type Skipped } from '../../peers/cache.ts';
import { type EximPort, eximLogin, startExim } from '../../peers/exim.ts';
import type { MailServer } from '../../peers/mailServer.ts';
import { type OpenSmtpdPort, startOpenSmtpd } from '../../peers/opensmtpd.ts';
import { type PostfixPort, startPostfix } from '../../peers/postfixServer.ts';

const timeout = 20_000;

/** A connection that was greeted; closed at the end of the test, however that comes. */
class Session implements Disposable {
  readonly greeting: Reply;
  private readonly client: SmtpClient;
  private readonly authority: string;

  private constructor(client: SmtpClient, authority: string, greeting: Reply) {
    this.client = client;
    this.authority = authority;
    this.greeting = greeting;
  }

  static async open(port: number, authority: string, tls: 'none' | 'implicit' = 'none'): Promise<Session> {
    const options = { host: 'localhost', port, tls, verify: true, authorities: [authority], connectTimeout: timeout };
    const client = await SmtpClient.connect(options);
    return new Session(client, authority, await client.readReply({ timeout }));
  }

  async say(line: string): Promise<Reply> {
    await this.client.send(Buffer.from(`${line}\r\n`));
    return this.read();
  }

  read(): Promise<Reply> {
    return this.client.readReply({ timeout });
  }

  /** Sends all before the first reply is read. */
  async sayAll(lines: readonly string[]): Promise<(number | null)[]> {
    await this.client.send(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
    const codes: (number | null)[] = [];
    for (const _line of lines) codes.push((await this.read()).code);
    return codes;
  }

  async startTls(): Promise<void> {
    assert.equal((await this.say('STARTTLS')).code, 220);
    const facts = await this.client.startTls({ verify: true, authorities: [this.authority], timeout });
    assert.equal(facts.isTrusted, true);
    assert.equal(facts.droppedOctets, 0);
  }

  async logIn(mechanism: AuthMechanism, user: string, password: string): Promise<Reply> {
    const exchange = authExchange(mechanism, user, password);
    let reply = await this.say(exchange.initial ? `${exchange.command} ${exchange.initial}` : exchange.command);
    while (reply.code === 334) reply = await this.say(exchange.answer(reply.lines[0]?.text ?? ''));
    return reply;
  }

  async end(): Promise<void> {
    assert.equal((await this.say('QUIT')).code, 221);
    await this.client.end();
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

async function sendMail(session: Session): Promise<void> {
  assert.equal((await session.say('EHLO client.test')).code, 250);
  assert.equal((await session.say('MAIL FROM:<a@x.test>')).code, 250);
  assert.equal((await session.say('RCPT TO:<b@good.test>')).code, 250);
  assert.equal((await session.say('DATA')).code, 354);
  assert.equal((await session.say('Subject: x\r\n\r\nHello\r\n.')).code, 250);
}

describe('Postfix', () => {
  let postfix: MailServer<PostfixPort> | Skipped = { skipped: 'it was not started' };
  before(async () => {
    postfix = await startPostfix();
  });
  after(async () => {
    if (!isSkipped(postfix)) await postfix.stop();
  });

  const onPostfix = (name: string, run: (server: MailServer<PostfixPort>) => Promise<void>): void => {
    test(name, async (context) => (isSkipped(postfix) ? context.skip(postfix.skipped) : run(postfix)));
  };

  onPostfix('takes a mail in plaintext, after STARTTLS and over implicit TLS', async ({ ports, authority }) => {
    using plain = await Session.open(ports.smtp, authority);
    await sendMail(plain);
    await plain.end();
    using upgraded = await Session.open(ports.smtp, authority);
    assert.equal((await upgraded.say('EHLO client.test')).code, 250);
    await upgraded.startTls();
    await sendMail(upgraded);
    await upgraded.end();
    using secure = await Session.open(ports.implicitTls, authority, 'implicit');
    await sendMail(secure);
    await secure.end();
  });

  onPostfix('answers a pipelined group, one refused recipient in it', async ({ ports, authority }) => {
    using session = await Session.open(ports.smtp, authority);
    await session.say('EHLO client.test');
    const codes = await session.sayAll(['MAIL FROM:<a@x.test>', 'RCPT TO:<b@elsewhere.test>', 'RCPT TO:<b@good.test>', 'DATA']);
    assert.deepEqual(codes, [250, 554, 250, 354]);
    assert.equal((await session.say('.')).code, 250);
    await session.end();
  });

  onPostfix('is explained', async ({ ports, authority }) => {
    using session = await Session.open(ports.smtp, authority);
    const explained = async (command: string): Promise<string> => {
      const words = explainReply(await session.say(command), { command, client: '127.0.0.1' });
      return [words?.summary, ...(words?.advice ?? [])].join(' ');
    };
    assert.equal(await explained('EHLO client.test'), 'The server is ready. It takes mails up to 9.8 MB and offers STARTTLS, no AUTH.');
    assert.match(
      await explained('RCPT TO:<b@good.test>'),
      /503: the command is not due now\. RCPT is due after|5\.5\.1: .* RCPT is due after/,
    );
    await session.say('MAIL FROM:<a@x.test>');
    assert.match(await explained('RCPT TO:<b@elsewhere.test>'), /for elsewhere\.test from you\. Does it allow 127\.0\.0\.1/);
    await session.end();
  });

  onPostfix('is heard when it wants TLS, defers, does not welcome us or hangs up', async ({ ports, authority }) => {
    using encrypted = await Session.open(ports.mustEncrypt, authority);
    await encrypted.say('EHLO client.test');
    assert.equal(replyText(await encrypted.say('MAIL FROM:<a@x.test>')), '530 5.7.0 Must issue a STARTTLS command first');
    await encrypted.end();

    using deferred = await Session.open(ports.deferring, authority);
    await deferred.say('EHLO client.test');
    await deferred.say('MAIL FROM:<a@x.test>');
    assert.equal((await deferred.say('RCPT TO:<b@good.test>')).code, 450);
    await deferred.end();

    using refused = await Session.open(ports.unwelcoming, authority);
    assert.equal(refused.greeting.code, 554);
    assert.match(explainReply(refused.greeting, { command: null })?.advice[0] ?? '', /serves nobody/);
    await refused.end();

    using impatient = await Session.open(ports.impatient, authority);
    for (const line of ['WHAT', 'WHAT', 'WHAT']) assert.equal((await impatient.say(line)).code, 500);
    assert.equal((await impatient.read()).code, 421);
    await assert.rejects(impatient.read(), { reason: 'connectionClosed' });
  });
});

describe('Exim', () => {
  let exim: MailServer<EximPort> | Skipped = { skipped: 'it was not started' };
  before(async () => {
    exim = await startExim();
  });
  after(async () => {
    if (!isSkipped(exim)) await exim.stop();
  });

  const onExim = (name: string, run: (server: MailServer<EximPort>) => Promise<void>): void => {
    test(name, async (context) => (isSkipped(exim) ? context.skip(exim.skipped) : run(exim)));
  };

  onExim('takes a mail after STARTTLS and over implicit TLS', async ({ ports, authority }) => {
    using upgraded = await Session.open(ports.smtp, authority);
    assert.equal((await upgraded.say('EHLO client.test')).code, 250);
    await upgraded.startTls();
    await sendMail(upgraded);
    await upgraded.end();
    using secure = await Session.open(ports.implicitTls, authority, 'implicit');
    await sendMail(secure);
    await secure.end();
  });

  for (const mechanism of ['plain', 'login', 'cram-md5'] as const) {
    onExim(`lets in with ${mechanism}, and refuses a wrong password`, async ({ ports, authority }) => {
      using session = await Session.open(ports.implicitTls, authority, 'implicit');
      await session.say('EHLO client.test');
      const refused = await session.logIn(mechanism, eximLogin.user, 'wrong');
      assert.equal(refused.code, 535);
      assert.match(explainReply(refused, { command: 'AUTH' })?.advice[0] ?? '', /user name .* password/);
      assert.equal((await session.logIn(mechanism, eximLogin.user, eximLogin.password)).code, 235);
      await session.say('MAIL FROM:<a@x.test>');
      assert.equal((await session.say('RCPT TO:<b@elsewhere.test>')).code, 250);
      await session.end();
    });
  }

  onExim('relays for nobody who has not logged in, and says so', async ({ ports, authority }) => {
    using session = await Session.open(ports.smtp, authority);
    await session.say('EHLO client.test');
    await session.say('MAIL FROM:<a@x.test>');
    const command = 'RCPT TO:<b@elsewhere.test>';
    const refused = await session.say(command);
    assert.equal(replyText(refused), '550 relay not permitted');
    assert.match(explainReply(refused, { command })?.advice[0] ?? '', /elsewhere\.test/);
    await session.end();
  });
});

describe('OpenSMTPD', () => {
  let openSmtpd: MailServer<OpenSmtpdPort> | Skipped = { skipped: 'it was not started' };
  before(async () => {
    openSmtpd = await startOpenSmtpd();
  });
  after(async () => {
    if (!isSkipped(openSmtpd)) await openSmtpd.stop();
  });

  const onOpenSmtpd = (name: string, run: (server: MailServer<OpenSmtpdPort>) => Promise<void>): void => {
    test(name, async (context) => (isSkipped(openSmtpd) ? context.skip(openSmtpd.skipped) : run(openSmtpd)));
  };

  onOpenSmtpd('takes a mail, and relays for nobody', async ({ ports, authority }) => {
    using session = await Session.open(ports.smtp, authority);
    await sendMail(session);
    await session.say('MAIL FROM:<a@x.test>');
    const command = 'RCPT TO:<b@elsewhere.test>';
    const refused = await session.say(command);
    assert.equal(refused.code, 550);
    assert.notEqual(explainReply(refused, { command })?.advice.length, 0);
    await session.end();
  });
});
