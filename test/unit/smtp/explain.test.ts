// Replies in words: the sentences below a reply, what is left unsaid, and what to do.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { replyCodes } from '../../../src/smtp/codes.ts';
import { enhancedCodes } from '../../../src/smtp/enhancedCodes.ts';
import { type Explanation, explainCode, explainReply, type ReplyContext } from '../../../src/smtp/explain.ts';
import type { Reply } from '../../../src/smtp/reply.ts';
import { ReplyReader } from '../../../src/smtp/replyReader.ts';

function reply(text: string): Reply {
  const replies: Reply[] = [];
  const reader = new ReplyReader((one) => replies.push({ ...one, ms: 1 }));
  reader.push(Buffer.from(`${text.replaceAll('\n', '\r\n')}\r\n`, 'latin1'));
  assert.equal(replies.length, 1);
  return replies[0]!;
}

function explain(text: string, command: string | null = null, context: Partial<ReplyContext> = {}): Explanation | null {
  return explainReply(reply(text), { command, ...context });
}

describe('a refusal', () => {
  test('is told by its class and its enhanced code, and what to do', () => {
    const words = explain('550 5.7.1 Unable to relay', 'RCPT TO:<someone@elsewhere.test>', { client: '127.0.0.1' });
    assert.equal(words?.summary, '5xx: refused for good. 5.7.1: not allowed for this sender or from this address.');
    assert.deepEqual(words?.advice, [
      'The server does not accept mail for elsewhere.test from you. Does it allow 127.0.0.1, and did you log in?',
      'Or use a recipient in one of its own domains.',
    ]);
    assert.deepEqual(words?.detail, [
      '550: the mailbox is not there, or the server will not serve it.',
      'See RFC 3463, RFC 5321 section 4.2.3.',
    ]);
  });

  test('without an enhanced code is told by its basic code', () => {
    assert.equal(explain('503 Bad sequence', 'RCPT TO:<a@b.test>')?.summary, '5xx: refused for good. 503: the command is not due now.');
    assert.equal(explain('599 What', 'NOOP')?.summary, '5xx: refused for good.');
  });

  test('whose two codes differ in class says so', () => {
    assert.match(explain('550 4.7.1 no', 'RCPT TO:<a@b.test>')?.detail[0] ?? '', /4\.7\.1 does not fit 550/);
  });

  test('with an enhanced code that nobody registered tells its subject', () => {
    assert.match(explain('550 5.7.99 no', 'NOOP')?.summary ?? '', /5\.7\.99: about security or policy\./);
    assert.match(explain('550 5.99.1 no', 'NOOP')?.summary ?? '', /5\.99\.1: not registered\./);
  });

  const advised: readonly (readonly [reply: string, command: string | null, advice: RegExp])[] = [
    ['554 No SMTP service here', null, /serves nobody.*Only QUIT/],
    ['421 4.7.0 Too many connections', null, /too many connections/],
    ['421 4.4.2 Timeout', 'NOOP', /Connect again/],
    ['521 mail.test does not accept mail', null, /MX of the domain/],
    ['530 5.7.0 Must issue a STARTTLS command first', 'MAIL FROM:<a@x.test>', /Say STARTTLS/],
    ['530 5.7.0 Authentication required', 'MAIL FROM:<a@x.test>', /AUTH first/],
    ['535 5.7.8 Bad credentials', 'AUTH', /user name.*password/],
    ['538 5.7.11 Encryption required', 'AUTH PLAIN', /STARTTLS/],
    ['454 4.7.0 TLS not available', 'STARTTLS', /certificate or key/],
    ['450 4.2.0 Greylisted, please try again later', 'RCPT TO:<a@b.test>', /greylisting/],
    ['451 4.7.1 Greylisting in action', 'RCPT TO:<a@b.test>', /greylisting/],
    ['451 4.3.0 Local error', '.', /filter or the delivery/],
    ['452 4.5.3 Too many recipients', 'RCPT TO:<a@b.test>', /another mail/],
    ['452 4.3.1 Insufficient system storage', 'MAIL FROM:<a@x.test>', /disk/],
    ['501 5.5.4 Syntax', 'MAIL FROM: a@x.test', /MAIL FROM:<a@example\.com>/],
    ['501 Invalid name', 'EHLO', /full host name/],
    ['502 5.5.1 not implemented', 'VRFY a', /leave this command out/],
    ['500 5.5.2 Unknown', 'LHLO x', /say EHLO/],
    ['503 5.5.1 MAIL first', 'RCPT TO:<a@b.test>', /after a MAIL/],
    ['503 5.5.1 need RCPT', 'DATA', /at least one RCPT/],
    ['503 5.5.1 hello?', 'MAIL FROM:<a@x.test>', /EHLO first/],
    ['504 5.5.4 mechanism', 'AUTH NTLM', /which mechanisms/],
    ['550 5.1.1 User unknown', 'RCPT TO:<a@b.test>', /address right/],
    ['552 5.3.4 Too large', 'MAIL FROM:<a@x.test> SIZE=99999999', /SIZE/],
    ['552 5.2.2 Mailbox full', 'RCPT TO:<a@b.test>', /make room/],
    ['553 5.1.3 bad address', 'RCPT TO:<a>', /user@domain/],
    ['554 5.7.1 Relay access denied', 'RCPT TO:<a@b.test>', /for b\.test from you/],
    ['554 5.7.1 Service unavailable; client blocked using a list', 'RCPT TO:<a@b.test>', /block list/],
    ['554 5.7.1 Message rejected', '.', /does not want it/],
    ['555 5.5.4 Unsupported option: FOO', 'MAIL FROM:<a@x.test> FOO', /only parameters that EHLO offers/],
    ['556 5.1.10 null MX', 'RCPT TO:<a@b.test>', /b\.test publishes a null MX/],
  ];
  for (const [text, command, expected] of advised) {
    test(`gets advice: ${text} after ${command ?? 'connecting'}`, () => {
      assert.match(explain(text, command, { client: '192.0.2.1' })?.advice.join(' ') ?? '', expected);
    });
  }
});

describe('a positive reply', () => {
  test('gets no words when it is obvious', () => {
    for (const text of ['220 mail.test ESMTP', '250 2.1.0 Ok', '235 2.7.0 Ok', '334 VXNlcm5hbWU6', '354 go ahead', '221 bye']) {
      assert.equal(explain(text, 'NOOP'), null, text);
    }
  });

  test('gets words when it says less or more than yes', () => {
    assert.match(explain('252 2.0.0 cannot verify', 'VRFY a')?.summary ?? '', /does not say whether the user exists/);
  });

  test('that is broken gets words', () => {
    assert.match(explain('250-a\n220 b', 'NOOP')?.summary ?? '', /different codes/);
    assert.match(explain('250_ok', 'NOOP')?.summary ?? '', /blank or a hyphen/);
  });

  test('to EHLO tells what the server offers', () => {
    const ready = 'The server is ready. It';
    const said = (text: string, isEncrypted = false): string | undefined => explain(text, 'EHLO me.test', { isEncrypted })?.summary;
    assert.equal(
      said('250-localhost greets you\n250-PIPELINING\n250-AUTH PLAIN LOGIN\n250 SIZE 52428800'),
      `${ready} takes mails up to 50 MB and offers AUTH, no STARTTLS.`,
    );
    assert.equal(said('250-x\n250-SIZE 10240000\n250 STARTTLS'), `${ready} takes mails up to 9.8 MB and offers STARTTLS, no AUTH.`);
    assert.equal(said('250-x\n250-SIZE\n250-AUTH=PLAIN\n250 STARTTLS'), `${ready} takes mails of any size and offers AUTH and STARTTLS.`);
    assert.equal(said('250 x'), `${ready} offers neither AUTH nor STARTTLS.`);
    assert.equal(said('250-x\n250 AUTH PLAIN', true), `${ready} offers AUTH.`);
  });
});

describe('what is no reply', () => {
  test('is named where it can be', () => {
    assert.match(explain('SSH-2.0-OpenSSH_9.6')?.advice.join() ?? '', /SSH/);
    assert.match(explain('HTTP/1.1 400 Bad Request')?.advice.join() ?? '', /web server/);
    assert.match(explain('* OK IMAP4rev1 ready')?.advice.join() ?? '', /IMAP/);
    assert.match(explain('whatever')?.summary ?? '', /no SMTP reply/);
  });
});

describe('a code that somebody asks about', () => {
  test('is explained in every form', () => {
    assert.equal(explainCode('4.7.1')?.summary, '4xx: not now, try again later. 4.7.1: not allowed for this sender or from this address.');
    assert.equal(explainCode('550 5.1.1')?.summary, '5xx: refused for good. 5.1.1: there is no such mailbox.');
    assert.equal(
      explainCode(' 354 ')?.summary,
      '3xx: go on, more is expected. 354: the message may be sent now, a line with a single dot ends it.',
    );
    assert.equal(explainCode('5xx')?.summary, '5xx: refused for good.');
    assert.equal(explainCode('7.8')?.summary, 'x.7.8: the user name or the password is wrong.');
    assert.equal(explainCode('x.7.8')?.summary, 'x.7.8: the user name or the password is wrong.');
  });

  test('is not, where it is none', () => {
    for (const text of ['', 'hello', '5', '5.7', '1.2.3.4', '12345', '550 5']) {
      const words = explainCode(text);
      if (text === '5.7') assert.equal(words?.summary, 'x.5.7: about the protocol.');
      else assert.equal(words, null, text);
    }
  });

  test('is there for all that are known, as clauses without a full stop', () => {
    for (const code of Object.keys(replyCodes)) assert.match(explainCode(code)?.summary ?? '', /\.$/);
    for (const code of Object.keys(enhancedCodes)) assert.match(explainCode(`5.${code}`)?.summary ?? '', /\.$/);
    for (const { text, source } of [...Object.values(replyCodes), ...Object.values(enhancedCodes)]) {
      assert.doesNotMatch(text, /\.$/);
      assert.notEqual(source, '');
    }
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void explainCode(text)));
    fc.assert(
      fc.property(
        fc.stringMatching(/^[2-5]\d\d [245]\.\d{1,3}\.\d{1,3} .*$/),
        fc.string(),
        (text, command) => void explain(text.replaceAll(/[\r\n]/g, ''), command),
      ),
    );
  });
});
