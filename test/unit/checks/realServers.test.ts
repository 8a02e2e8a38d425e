// The checks of servers and the relay tests with Postfix, Exim and OpenSMTPD as they are in Debian, open and closed.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { checkRelay } from '../../../src/checks/relay/relay.ts';
import type { Finding } from '../../../src/checks/report.ts';
import { checkServer } from '../../../src/checks/smtp/server.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import { isSkipped, type Skipped } from '../../peers/cache.ts';
import { startExim } from '../../peers/exim.ts';
import { greylistWait } from '../../peers/greylist.ts';
import type { MailServer } from '../../peers/mailServer.ts';
import { getNmap, type OpenRelayReferee } from '../../peers/nmap.ts';
import { startOpenSmtpd } from '../../peers/opensmtpd.ts';
import { type PostfixPort, startPostfix } from '../../peers/postfixServer.ts';
import { run } from '../../peers/process.ts';
import { ports } from '../session/fixture.ts';
import { contextFor, finding, levelsOf } from './serverFixture.ts';

/** Unpacked for the first test that wants it. */
let referee: OpenRelayReferee | Skipped | undefined;

/** The two controls, the sixteen of nmap and the nine others: + accepted, - refused, ? unknown. */
function rowsOf({ relay = [] }: Finding): string {
  const marks = relay.map(({ verdict }) => ({ accepted: '+', refused: '-', unknown: '?', skipped: 's' })[verdict]).join('');
  return [marks.slice(0, 2), marks.slice(2, 18), marks.slice(18)].join(' ');
}

/** What a closed server answers. */
const allRefused = `++ ${'-'.repeat(16)} ${'-'.repeat(9)}`;

/** Of the sixteen. */
function acceptedOf(relay: Finding): string[] {
  const tests = (relay.relay ?? []).filter(({ id, verdict }) => verdict === 'accepted' && /^\d/.test(id));
  return tests.map(({ from, to }) => `${from} ${to}`);
}

interface Asked<Ports extends string> {
  readonly authority: string;
  port(name: Ports): number;
  check(name: Ports, implicitTls?: boolean): Promise<readonly Finding[]>;
  relay(name: Ports): Promise<Finding>;
  /** The transcripts of both, as text of a .smtp file each. */
  transcripts(name: Ports): Promise<readonly string[]>;
}

class Rig<Ports extends string> {
  private server: MailServer<Ports> | Skipped = { skipped: 'It was not started' };

  async start(start: () => Promise<MailServer<Ports> | Skipped>): Promise<void> {
    this.server = await start();
  }

  async stop(): Promise<void> {
    if (!isSkipped(this.server)) await this.server.stop();
  }

  /** A test that is skipped by name where the server cannot be had. */
  test(name: string, body: (rig: Asked<Ports>, t: TestContext) => Promise<void>): void {
    test(name, async (t) => {
      const { server } = this;
      if (isSkipped(server)) return t.skip(server.skipped);
      const subject = (port: Ports, implicitTls = false) => ({
        host: 'localhost',
        address: '127.0.0.1',
        port: server.ports[port],
        implicitTls,
        domain: 'good.test',
        foreignDomain: 'elsewhere.test',
        authorities: [server.authority],
      });
      await body(
        {
          authority: server.authority,
          port: (name) => server.ports[name],
          check: async (port, implicitTls) => (await checkServer(subject(port, implicitTls), contextFor())).findings,
          transcripts: async (port) => {
            const outcomes = [await checkServer(subject(port), contextFor()), await checkRelay(subject(port), contextFor())];
            return outcomes.map(({ transcript }) => transcript.text);
          },
          relay: async (port) => finding((await checkRelay(subject(port), contextFor())).findings, 'relay'),
        },
        t,
      );
    });
  }
}

/** nmap asks the same sixteen tests. */
function agree<Ports extends string>(rig: Rig<Ports>, ports: readonly Ports[]): void {
  for (const name of ports) {
    rig.test(`${name}: nmap sees each of the sixteen tests as we do`, async ({ relay, port }, t) => {
      referee ??= await getNmap();
      if (isSkipped(referee)) return t.skip(referee.skipped);
      const { accepted, verdict } = await referee.ask(port(name));
      const found = await relay(name);
      assert.match(verdict, accepted.length === 0 ? /all tests failed/ : /is an open relay/);
      assert.equal(found.level === 'fail', accepted.length > 0);
      assert.deepEqual(acceptedOf(found), accepted);
    });
  }
}

/** What was said runs again as .smtp files, and is answered likewise. */
function runAgain<Ports extends string>(rig: Rig<Ports>, port: Ports): void {
  rig.test('leaves transcripts that run again', async ({ transcripts }) => {
    for (const text of await transcripts(port)) {
      const { conversations, diagnostics } = parseScript(text);
      assert.deepEqual(diagnostics, []);
      for (const conversation of conversations) {
        const { status, failure } = await runConversation(conversation, ports({}));
        assert.deepEqual([conversation.name, status, failure], [conversation.name, 'passed', null]);
      }
    }
  });
}

function certificateIds(findings: readonly Finding[]): string[] {
  return findings.filter(({ id }) => id.startsWith('certificate')).map(({ id }) => id);
}

/** All that is not as it should be: nothing else may be. */
function bad(findings: readonly Finding[]): string[] {
  return levelsOf(findings.filter(({ level }) => ['fail', 'warn', 'unknown'].includes(level)));
}

/** Of Postfix, which takes <postmaster> whatever its rules say. */
const putOff = ['put-off unknown'];

describe('Postfix', () => {
  const rig = new Rig<PostfixPort>();
  before(() => rig.start(startPostfix));
  after(() => rig.stop());

  rig.test('passes every check', async ({ check }) => {
    const findings = await check('smtp');
    assert.deepEqual(bad(findings), []);
    assert.equal(finding(findings, 'software').title, 'Tells its software: Postfix');
    assert.equal(finding(findings, 'starttls-injection').level, 'pass');
  });
  rig.test('closed: refuses to relay', async ({ relay }) => {
    const found = await relay('smtp');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', allRefused]);
  });
  rig.test('open: relays, in all tests', async ({ relay }) => {
    const found = await relay('open');
    assert.deepEqual([found.level, rowsOf(found)], ['fail', `++ ${'+'.repeat(16)} ${'+'.repeat(9)}`]);
    assert.equal(found.remedies[0]?.label, 'If it is Postfix, set in main.cf');
  });
  runAgain(rig, 'smtp');
  agree(rig, ['open', 'smtp']);
  rig.test('that wants TLS first passes every check', async ({ check }) => {
    assert.deepEqual(bad(await check('mustEncrypt')), []);
  });
  rig.test('that wants TLS first is asked to relay inside of it', async ({ relay }) => {
    const found = await relay('mustEncrypt');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', allRefused]);
  });
  rig.test('that puts off: nothing is known', async ({ relay }) => {
    const found = await relay('deferring');
    assert.deepEqual([found.level, rowsOf(found)], ['unknown', `?? ${'?'.repeat(16)} ${'?'.repeat(9)}`]);
  });
  rig.test('that puts off: no recipient is failed', async ({ check }) => {
    assert.deepEqual(bad(await check('deferring')), putOff);
  });
  rig.test('that does not want us is failed once', async ({ check }) => {
    assert.deepEqual(bad(await check('unwelcoming')), ['greeting fail']);
  });
  rig.test('that does not want us is not asked to relay', async ({ relay }) => {
    assert.equal((await relay('unwelcoming')).level, 'skipped');
  });
  rig.test('that trusts this machine is asked as a stranger where it allows that', async ({ relay }) => {
    const found = await relay('trusting');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', allRefused]);
    assert.deepEqual(found.evidence[0], { label: 'Probed from', text: '127.0.0.1, as if from 203.0.113.9 (XCLIENT)' });
  });
  rig.test('that lets us say XCLIENT is warned', async ({ check }) => {
    assert.deepEqual(bad(await check('trusting')), ['xclient warn']);
  });
  rig.test('that hangs up after three errors is asked again until all is known', async ({ relay }) => {
    const found = await relay('impatient');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', allRefused.replace('++', '+-')]);
  });
  for (const name of ['smtp', 'oldTls'] as const) {
    rig.test(`${name}: openssl sees its TLS as we do`, async ({ check, port, authority }, t) => {
      const findings = await check(name);
      const folder = await mkdtemp(join(tmpdir(), 'mailroom-openssl-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      await writeFile(join(folder, 'authority.pem'), authority);
      const ask = (...options: string[]) =>
        run('openssl', ['s_client', '-starttls', 'smtp', '-connect', `127.0.0.1:${port(name)}`, ...options], {
          input: Buffer.from('QUIT\n'),
        });
      const { stdout } = await ask('-servername', 'localhost', '-verify_hostname', 'localhost', '-CAfile', join(folder, 'authority.pem'));
      assert.match(stdout, /Verify return code: 0 \(ok\)/);
      assert.equal(finding(findings, 'certificate').level, 'pass');
      const [, protocol, cipher] = /^New, (\S+), Cipher is (\S+)$/m.exec(stdout) ?? [];
      assert.ok(
        finding(findings, 'tls-handshake').detail.startsWith(`${protocol}, ${cipher}, `),
        finding(findings, 'tls-handshake').detail,
      );
      const takesOld = await ask('-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0').then(
        () => true,
        () => false,
      );
      assert.equal(finding(findings, 'old-protocols').level, takesOld ? 'warn' : 'pass');
    });
  }
  rig.test('that takes old TLS is told so', async ({ check }) => {
    assert.deepEqual(bad(await check('oldTls')), ['old-protocols warn']);
  });
  rig.test('with nothing newer than TLS 1.1 is told so, and asked without it', async ({ check }) => {
    const findings = await check('onlyOldTls');
    assert.deepEqual(bad(findings), ['old-protocols warn']);
    assert.equal(finding(findings, 'old-protocols').title, 'Nothing newer than TLSv1.1 is accepted');
    assert.equal(finding(findings, 'postmaster').level, 'pass');
  });
  rig.test('with TLS from the first octet', async ({ check }) => {
    assert.deepEqual(bad(await check('implicitTls', true)), ['login warn']);
  });
  rig.test('with TLS from the first octet, asked as if it had none, goes on inside of TLS', async ({ port, authority }) => {
    const subject = { host: 'localhost', address: '127.0.0.1', port: port('implicitTls'), implicitTls: false, domain: 'good.test' };
    const { findings } = await checkServer({ ...subject, authorities: [authority] }, contextFor({ reply: 2000 }));
    assert.deepEqual(bad(findings), ['login warn']);
    assert.equal(finding(findings, 'implicit-tls').level, 'info');
  });
  rig.test('without TLS and VRFY is warned of the first', async ({ check }) => {
    const findings = await check('noTls');
    assert.deepEqual(bad(findings), ['starttls warn']);
    assert.equal(finding(findings, 'vrfy').title, 'VRFY is switched off');
  });
  rig.test('with an expired certificate is warned', async ({ check }) => {
    const findings = await check('expired');
    assert.deepEqual(bad(findings), ['certificate-dates warn']);
    assert.deepEqual(certificateIds(findings), ['certificate-dates']);
  });
  rig.test('with a certificate for another name: a fact, as no sender looks at it', async ({ check }) => {
    const findings = await check('wrongName');
    assert.deepEqual(bad(findings), []);
    assert.deepEqual(certificateIds(findings), ['certificate-name']);
    assert.equal(finding(findings, 'certificate-name').detail, 'it is for other.test');
  });
  rig.test('that hangs up after three errors: what was left is not known', async ({ check }) => {
    const findings = await check('impatient');
    assert.deepEqual(bad(findings), ['vrfy warn', 'expn unknown']);
    assert.match(finding(findings, 'expn').detail, /^421 /);
  });
  rig.test('with postscreen: we say nothing before the last line of the greeting', async ({ check }) => {
    const findings = await check('screening');
    // Who talks after "220-wait" is hung up on.
    assert.deepEqual(bad(findings), []);
    const greeting = finding(findings, 'greeting-time');
    assert.deepEqual([greeting.level, greeting.detail], ['info', 'in several lines: it tests whether clients wait']);
    assert.match(greeting.evidence[0]?.text ?? '', /^220-wait\n220 mx1\.good\.test ESMTP/);
    assert.equal(finding(findings, 'greeting-name').detail, '220 mx1.good.test ESMTP Postfix');
  });
  rig.test('with greylisting: nothing is known at first, and all of known recipients when we come again', async ({ check }) => {
    const first = await check('greylisting');
    assert.deepEqual(bad(first), putOff);
    assert.match(finding(first, 'put-off').title, /^Greylisted: try again in 5 minutes$/);
    await delay(greylistWait);
    // The user that nobody has is another one each time.
    assert.deepEqual(bad(await check('greylisting')), ['catch-all unknown', 'vrfy unknown']);
  });
  rig.test('open: is sound but for its relaying, which another test finds', async ({ check }) => {
    assert.deepEqual(bad(await check('open')), []);
  });
});

describe('Exim', () => {
  const rig = new Rig<'smtp' | 'implicitTls' | 'open'>();
  before(() => rig.start(startExim));
  after(() => rig.stop());

  rig.test('tells what of it is not as it should be', async ({ check }) => {
    const findings = await check('smtp');
    assert.deepEqual(bad(findings), ['auth-unencrypted warn', 'postmaster-plain warn']);
    assert.match(finding(findings, 'software').title, /^Tells its software: Exim 4\./);
  });
  rig.test('open: takes a postmaster without a domain as it takes everybody', async ({ check }) => {
    assert.deepEqual(bad(await check('open')), ['auth-unencrypted warn']);
  });
  rig.test('with TLS from the first octet has no login in the clear', async ({ check }) => {
    assert.deepEqual(bad(await check('implicitTls', true)), ['postmaster-plain warn']);
  });
  rig.test('closed: refuses to relay', async ({ relay }) => {
    const found = await relay('smtp');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', allRefused]);
  });
  rig.test('open: relays', async ({ relay }) => {
    const found = await relay('open');
    assert.equal(found.level, 'fail');
    // Quoted, doubled and bare bang addresses are no addresses to it.
    assert.equal(rowsOf(found), '++ ++++++---+-++-++ ++-++++-+');
  });
  runAgain(rig, 'smtp');
  agree(rig, ['open', 'smtp']);
});

describe('OpenSMTPD', () => {
  const rig = new Rig<'smtp' | 'open' | 'catchAll' | 'knownUsers'>();
  before(() => rig.start(startOpenSmtpd));
  after(() => rig.stop());

  rig.test('offers no TLS, and no postmaster without a domain', async ({ check }) => {
    assert.deepEqual(bad(await check('smtp')), ['starttls warn', 'postmaster-plain warn']);
  });
  for (const name of ['open', 'catchAll'] as const) {
    rig.test(`${name}: takes a postmaster without a domain`, async ({ check }) => {
      const findings = await check(name);
      assert.deepEqual(bad(findings), ['starttls warn']);
      assert.equal(finding(findings, 'catch-all').level, 'info');
    });
  }
  rig.test('closed: refuses to relay', async ({ relay }) => {
    const found = await relay('knownUsers');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', allRefused.replace('++', '+-')]);
  });
  rig.test('closed, and takes every user of its domain: also one that hides a foreign address, which says nothing', async ({ relay }) => {
    const found = await relay('smtp');
    assert.deepEqual([found.level, rowsOf(found)], ['unknown', `++ ${'-'.repeat(16)} ----+-+--`]);
    assert.equal(found.detail, 'it accepted a foreign address inside of a user name (%-hack, bang path), but it may accept any user name');
  });
  rig.test('open: relays', async ({ relay }) => {
    const found = await relay('open');
    assert.equal(found.level, 'fail');
    assert.equal(rowsOf(found), '++ ++++++-----+++++ +++++-+++');
  });
  runAgain(rig, 'smtp');
  agree(rig, ['open', 'smtp']);
  rig.test('that takes every user of its own name is no relay, though nmap says so', async ({ relay, port }, t) => {
    const found = await relay('catchAll');
    assert.deepEqual([found.level, rowsOf(found)], ['unknown', '++ -----+-------+-+ ----+-++-']);
    referee ??= await getNmap();
    if (isSkipped(referee)) return t.skip(referee.skipped);
    const { accepted, verdict } = await referee.ask(port('catchAll'));
    assert.match(verdict, /is an open relay/);
    assert.deepEqual(acceptedOf(found), accepted);
  });
});
