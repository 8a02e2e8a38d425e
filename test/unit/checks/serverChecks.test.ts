// All addresses of all servers of a run: what is shown while they are asked, whose turn it is, and what DNS makes of what was seen.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { CheckRun } from '../../../src/checks/checkRun.ts';
import type { Dns } from '../../../src/checks/dns/port.ts';
import { finding as made } from '../../../src/checks/finding.ts';
import type { Finding, Level, Progress } from '../../../src/checks/report.ts';
import { checkServers, type ServerPlace } from '../../../src/checks/serverChecks.ts';
import type { CertificateFacts } from '../../../src/checks/tls/certificate.ts';
import { judgeUnderMtaSts } from '../../../src/checks/tls/senderPolicies.ts';
import { freePort } from '../../peers/process.ts';
import { serve } from '../smtp/scriptedServer.ts';
import { answerLines, finding, levelsOf, serveReplies, usual } from './serverFixture.ts';
import { serveStartTlsReplies } from './tlsFixture.ts';
import { zoneDns } from './zone.ts';

interface RunOptions {
  readonly dns?: Dns;
  readonly isLab?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

function newRun({ dns = zoneDns({}), isLab = true, onProgress = () => {} }: RunOptions = {}): CheckRun {
  const { signal } = new AbortController();
  const timeouts = { dns: 1000, connect: 1000, reply: 5000 };
  return new CheckRun({ dns, clock: systemClock, log: silentLog, isLab, timeouts, cancelled: signal, ending: signal, onProgress });
}

function place(port: number, others: Partial<ServerPlace> = {}): ServerPlace {
  return { host: 'mx.mailroom.test', address: '127.0.0.1', port, domain: 'good.test', isNamedByOthers: true, ...others };
}

describe('while a server is asked', () => {
  test('what runs and what waits is shown, and gives way to findings that are told as they come, each once', async () => {
    const heard: Progress[] = [];
    const shown = (progress: Progress | undefined): string[] =>
      (progress?.activities ?? []).map(({ group, title, state, detail }) => `${group} ${title}: ${state}, ${detail}`);
    let whileSilent: { readonly rows: string[]; readonly told: string[] } | undefined;
    const told = (): string[] => heard.flatMap(({ finding: each }) => (each ? [each.id] : []));
    await using server = await serve((socket) => {
      setTimeout(() => {
        whileSilent ??= { rows: shown(heard.at(-1)), told: told() };
        answerLines(socket, '220 mx.mailroom.test ESMTP', usual, []);
      }, 100);
    });
    await checkServers([place(server.port)], newRun({ onProgress: (progress) => heard.push(progress) }));
    assert.deepEqual(whileSilent?.rows, [
      'smtp Greeting: running, connected, nothing heard yet',
      'smtp Extensions: waiting, after the greeting',
      'tls TLS: waiting, after the greeting',
    ]);
    assert.deepEqual(whileSilent?.told.toSorted(), ['connect', 'ptr-missing']);
    assert.deepEqual(shown(heard.at(-1)), []);
    // A row goes when what it was about is told, not before.
    for (const [title, id] of [
      ['Greeting', 'greeting-name'],
      ['Extensions', 'extensions'],
      ['TLS', 'starttls'],
      ['Recipients', 'expn'],
    ] as const) {
      const last = heard.findLastIndex(({ activities }) => activities.some((row) => row.title === title));
      const at = heard.findIndex((progress) => progress.finding?.id === id);
      assert.ok(last >= 0 && at >= 0 && at <= last + 1, `${title}: shown until ${last}, ${id} told at ${at}`);
    }
    const all = heard.flatMap((progress) => (progress.finding ? [progress.finding] : []));
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, levelsOf(all).join('\n'));
  });

  test('its rows are about the target that its findings are about', async () => {
    const heard: Progress[] = [];
    await using server = await serveReplies('220 mx.mailroom.test ESMTP', usual);
    await checkServers([place(server.port)], newRun({ onProgress: (progress) => heard.push(progress) }));
    const rows = heard.flatMap(({ activities }) => activities).filter(({ group }) => group === 'smtp');
    const { target } = finding(
      heard.flatMap((progress) => (progress.finding ? [progress.finding] : [])),
      'extensions',
    );
    assert.ok(rows.length > 0);
    for (const row of rows) assert.deepEqual(row.target, target);
  });
});

describe('of many addresses', () => {
  test('each host gets its turn, and what is left out is said', async () => {
    const port = await freePort();
    const many = Array.from({ length: 20 }, (_, index) => place(port, { host: 'a.test', address: `127.0.0.${index + 1}` }));
    const run = newRun();
    await checkServers([...many, place(port, { host: 'b.test' }), place(port, { host: 'c.test' })], run);
    const asked = run.findings.filter(({ id }) => id === 'connect-refused').map(({ target }) => target.host);
    assert.deepEqual([asked.length, asked.filter((host) => host === 'a.test').length], [16, 14]);
    assert.ok(asked.includes('b.test') && asked.includes('c.test'));
    assert.equal(finding(run.findings, 'servers-left-out').title, '6 more addresses were not asked');
  });

  test('one of this machine that the record of somebody else names is left alone outside of a lab', async () => {
    await using server = await serveReplies('220 mx.mailroom.test ESMTP', usual);
    const run = newRun({ isLab: false });
    await checkServers([place(server.port)], run);
    assert.deepEqual(levelsOf(run.findings), ['server-private skipped']);
    assert.deepEqual(server.heard, []);
  });

  test('what no runtime of ours can test is said once, where there is TLS', async () => {
    await using server = await serveStartTlsReplies({ certificate: 'good' });
    const run = newRun();
    await checkServers([place(server.port), place(server.port, { host: 'other.test' })], run);
    const [said, ...more] = run.findings.filter(({ id }) => id === 'tls-not-tested');
    assert.deepEqual([said?.level, more], ['skipped', []]);
    assert.match(said?.remedies[0]?.text ?? '', /^testssl\.sh --starttls smtp (?:mx\.mailroom|other)\.test:\d+$/);
    await using plain = await serveReplies('220 mx.mailroom.test ESMTP', usual);
    const without = newRun();
    await checkServers([place(plain.port)], without);
    assert.ok(!without.findings.some(({ id }) => id === 'tls-not-tested'));
  });
});

test('DANE for a server without TLS is failed: senders take that for an attack', async () => {
  await using server = await serveReplies('220 mx.mailroom.test ESMTP', usual);
  const records = { TLSA: [`3 1 1 ${'ab'.repeat(32)}`] };
  for (const [isAuthentic, expected] of [
    [true, 'dane fail'],
    [false, 'dane-dnssec unknown'],
  ] as const) {
    const run = newRun({ dns: zoneDns({ [`_${server.port}._tcp.mx.mailroom.test`]: records }, { isAuthentic }) });
    await checkServers([place(server.port)], run);
    assert.deepEqual(levelsOf(run.findings.filter(({ id }) => id.startsWith('dane'))), [expected]);
  }
});

describe('MTA-STS', () => {
  const certificate: CertificateFacts = {
    protocol: 'TLSv1.3',
    cipher: '',
    isChainTrusted: true,
    isChainRooted: true,
    isSelfSigned: false,
    isNameRight: true,
    isInDate: true,
    daysLeft: 90,
    validFrom: '',
    validTo: '',
    subject: '',
    issuer: '',
    names: [],
    problemText: null,
    key: '',
    hasWeakSignature: false,
    hasShortKey: false,
    chain: [],
  };
  const policy = (level: Level): Finding[] => [made({ id: 'mta-sts-mode', group: 'policy', level, title: '' })];
  const judge = (level: Level, hasTls: boolean | null, facts: Partial<CertificateFacts> | null) => {
    const seen = { target: {}, hasTls, certificate: facts && { ...certificate, ...facts } };
    return judgeUnderMtaSts(policy(level), [seen]).map((each) => [each.level, each.detail]);
  };

  test('makes a certificate matter that nobody else looks at', () => {
    assert.deepEqual(judge('pass', true, {}), [['pass', 'encrypted, trusted, named right']]);
    for (const [mode, level] of [
      ['pass', 'fail'],
      ['warn', 'warn'],
    ] as const) {
      assert.deepEqual(judge(mode, true, { isChainTrusted: false }), [[level, 'the certificate is not trusted']]);
      assert.deepEqual(judge(mode, true, { isNameRight: false, isInDate: false, daysLeft: -1 }), [
        [level, 'the certificate is for another name, expired'],
      ]);
      assert.deepEqual(judge(mode, true, null), [[level, 'its certificate cannot be read']]);
      assert.deepEqual(judge(mode, false, null), [[level, 'the server has no TLS']]);
      assert.deepEqual(judge(mode, null, null), [['skipped', 'nothing is known of its TLS']]);
    }
  });

  test('that is switched off, or that there is none of, judges nothing', () => {
    assert.deepEqual(judge('info', false, null), []);
    assert.deepEqual(judgeUnderMtaSts([], [{ target: {}, hasTls: false, certificate: null }]), []);
  });
});
