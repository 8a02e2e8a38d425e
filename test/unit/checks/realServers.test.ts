// The checks of servers and the relay tests with Postfix, Exim and OpenSMTPD as they are in Debian, open and closed.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { checkRelay } from '../../../src/checks/relay/relay.ts';
import type { Finding } from '../../../src/checks/report.ts';
import { checkServer } from '../../../src/checks/smtp/server.ts';
import { parseScript } from '../../../src/session/parse.ts';
import { runConversation } from '../../../src/session/run.ts';
import { isSkipped, type Skipped } from '../../peers/cache.ts';
import { startExim } from '../../peers/exim.ts';
import type { MailServer } from '../../peers/mailServer.ts';
import { getNmap, type OpenRelayReferee } from '../../peers/nmap.ts';
import { startOpenSmtpd } from '../../peers/opensmtpd.ts';
import { startPostfix } from '../../peers/postfixServer.ts';
import { run } from '../../peers/process.ts';
import { ports } from '../session/fixture.ts';
import { contextFor, finding, levelsOf } from './serverFixture.ts';

/** Unpacked for the first test that wants it. */
let referee: OpenRelayReferee | Skipped | undefined;

/** The two controls and the sixteen tests: + accepted, - refused, ? unknown. */
function rowsOf(relay: Finding): string {
  return (relay.relay ?? []).map(({ verdict }) => ({ accepted: '+', refused: '-', unknown: '?', skipped: 's' })[verdict]).join('');
}

function acceptedOf(relay: Finding): string[] {
  const tests = (relay.relay ?? []).filter(({ id, verdict }) => verdict === 'accepted' && !id.startsWith('c'));
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
      assert.match(verdict, found.level === 'pass' ? /all tests failed/ : /is an open relay/);
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

function bad(findings: readonly Finding[]): string[] {
  return levelsOf(findings.filter(({ level }) => ['fail', 'warn', 'unknown'].includes(level)));
}

describe('Postfix', () => {
  const rig = new Rig<
    'smtp' | 'implicitTls' | 'mustEncrypt' | 'deferring' | 'unwelcoming' | 'impatient' | 'open' | 'oldTls' | 'trusting'
  >();
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
    assert.deepEqual([found.level, rowsOf(found)], ['pass', `++${'-'.repeat(16)}`]);
  });
  rig.test('open: relays, in all sixteen tests', async ({ relay }) => {
    const found = await relay('open');
    assert.deepEqual([found.level, rowsOf(found)], ['fail', '+'.repeat(18)]);
    assert.equal(found.remedies[0]?.label, 'If it is Postfix, set in main.cf');
  });
  runAgain(rig, 'smtp');
  agree(rig, ['open', 'smtp']);
  rig.test('that wants TLS first is asked inside of it', async ({ check, relay }) => {
    assert.deepEqual(bad(await check('mustEncrypt')), []);
    const found = await relay('mustEncrypt');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', `++${'-'.repeat(16)}`]);
  });
  rig.test('that puts off: nothing is known', async ({ check, relay }) => {
    const found = await relay('deferring');
    assert.deepEqual([found.level, rowsOf(found)], ['unknown', '?'.repeat(18)]);
    // Postfix takes <postmaster> whatever its rules say.
    assert.deepEqual(bad(await check('deferring')), [
      'postmaster unknown',
      'catch-all unknown',
      'abuse unknown',
      'address-literal unknown',
    ]);
  });
  rig.test('that does not want us is failed once', async ({ check, relay }) => {
    assert.deepEqual(bad(await check('unwelcoming')), ['greeting fail']);
    assert.equal((await relay('unwelcoming')).level, 'skipped');
  });
  rig.test('that trusts this machine is asked as a stranger where it allows that', async ({ check, relay }) => {
    const found = await relay('trusting');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', `++${'-'.repeat(16)}`]);
    assert.deepEqual(found.evidence, [{ label: 'Probed from', text: '127.0.0.1, as if from 203.0.113.9 (XCLIENT)' }]);
    assert.deepEqual(bad(await check('trusting')), ['xclient warn']);
  });
  rig.test('that hangs up after three errors is asked again until all is known', async ({ relay }) => {
    const found = await relay('impatient');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', `++${'-'.repeat(16)}`]);
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
      assert.equal(finding(findings, 'tls-handshake').detail, `${protocol}, ${cipher}`);
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
  rig.test('with TLS from the first octet', async ({ check }) => {
    assert.deepEqual(bad(await check('implicitTls', true)), ['login warn']);
  });
});

describe('Exim', () => {
  const rig = new Rig<'smtp' | 'implicitTls' | 'open'>();
  before(() => rig.start(startExim));
  after(() => rig.stop());

  rig.test('tells what of it is not as it should be', async ({ check }) => {
    const findings = await check('smtp');
    // Whether it takes TLS 1.1 depends on the GnuTLS of the machine.
    assert.deepEqual(bad(findings.filter(({ id }) => id !== 'old-protocols')), ['auth-unencrypted warn', 'postmaster-plain warn']);
    assert.match(finding(findings, 'software').title, /^Tells its software: Exim 4\./);
  });
  rig.test('closed: refuses to relay', async ({ relay }) => {
    const found = await relay('smtp');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', `++${'-'.repeat(16)}`]);
  });
  rig.test('open: relays', async ({ relay }) => {
    const found = await relay('open');
    assert.equal(found.level, 'fail');
    // Quoted, doubled and bare bang addresses are no addresses to it.
    assert.equal(rowsOf(found), '++++++++---+-++-++');
  });
  runAgain(rig, 'smtp');
  agree(rig, ['open', 'smtp']);
});

describe('OpenSMTPD', () => {
  const rig = new Rig<'smtp' | 'open' | 'catchAll'>();
  before(() => rig.start(startOpenSmtpd));
  after(() => rig.stop());

  rig.test('offers no TLS, and no postmaster without a domain', async ({ check }) => {
    assert.deepEqual(bad(await check('smtp')), ['starttls warn', 'postmaster-plain warn']);
  });
  rig.test('closed: refuses to relay', async ({ relay }) => {
    const found = await relay('smtp');
    assert.deepEqual([found.level, rowsOf(found)], ['pass', `++${'-'.repeat(16)}`]);
  });
  rig.test('open: relays', async ({ relay }) => {
    const found = await relay('open');
    assert.equal(found.level, 'fail');
    assert.equal(rowsOf(found), '++++++++-----+++++');
  });
  runAgain(rig, 'smtp');
  agree(rig, ['open', 'smtp']);
  rig.test('that takes every user of its own name is no relay, though nmap says so', async ({ relay, port }, t) => {
    const found = await relay('catchAll');
    assert.deepEqual([found.level, rowsOf(found)], ['unknown', '++-----+-------+-+']);
    referee ??= await getNmap();
    if (isSkipped(referee)) return t.skip(referee.skipped);
    const { accepted, verdict } = await referee.ask(port('catchAll'));
    assert.match(verdict, /is an open relay/);
    assert.deepEqual(acceptedOf(found), accepted);
  });
});
