// What the TLS of a server comes to: versions, certificates of each kind, and what goes wrong around the handshake.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { Failure } from '../../../src/base/failure.ts';
import { teller } from '../../../src/checks/smtp/found.ts';
import { checkServer, type ServerSubject } from '../../../src/checks/smtp/server.ts';
import { oldProtocolsFinding } from '../../../src/checks/tls/moreHandshakes.ts';
import { authority, type CertificateName, serveTls } from '../smtp/scriptedServer.ts';
import { makeCertificate } from './madeCertificates.ts';
import { answerLines, contextFor, finding, levelsOf, usual } from './serverFixture.ts';
import { type StartTlsOptions, serveStartTlsReplies } from './tlsFixture.ts';

function subject(port: number, others: Partial<ServerSubject> = {}): ServerSubject {
  return {
    host: 'mx.mailroom.test',
    address: '127.0.0.1',
    port,
    implicitTls: false,
    domain: 'good.test',
    authorities: [authority],
    ...others,
  };
}

async function check(options: StartTlsOptions, others: Partial<ServerSubject> = {}) {
  await using server = await serveStartTlsReplies(options);
  const outcome = await checkServer(subject(server.port, others), contextFor());
  return { ...outcome, tls: outcome.findings.filter(({ group }) => group === 'tls') };
}

const rest = ['old-protocols pass', 'starttls-injection pass'];

describe('STARTTLS', () => {
  test('with a good certificate passes, and the conversation goes on inside', async () => {
    const { tls, findings, certificate, hasTls, transcript } = await check({ certificate: 'good' });
    assert.deepEqual(levelsOf(tls), ['tls-handshake pass', 'certificate pass', ...rest]);
    assert.match(finding(tls, 'tls-handshake').detail, /^TLSv1\.3, TLS_\w+, X25519/);
    assert.equal(finding(tls, 'certificate').detail, 'fits, trusted, ends 2126-01-01');
    assert.equal(finding(findings, 'ehlo-after-tls').detail, 'AUTH comes');
    assert.equal(finding(findings, 'postmaster').level, 'pass');
    assert.ok(!findings.some(({ level }) => ['fail', 'warn', 'unknown', 'skipped'].includes(level)), levelsOf(findings).join('\n'));
    assert.equal(hasTls, true);
    assert.ok(certificate?.isChainTrusted && certificate.isNameRight && certificate.isInDate);
    assert.deepEqual(certificate.names, ['localhost', 'mx.mailroom.test', '127.0.0.1']);
    assert.deepEqual(
      certificate.chain.map((der) => new X509Certificate(der).subject.split('\n').at(-1)),
      ['CN=localhost', 'CN=Mailroom test authority'],
    );
    assert.deepEqual(
      transcript.text.split('\n').filter((line) => line.startsWith('###')),
      ['### Check', '### Only TLS 1.0 and 1.1 are offered', '### TLS without a server name, and a command sent too early'],
    );
  });

  const certificates: readonly [CertificateName, string, readonly string[]][] = [
    ['expired', 'localhost', ['certificate-dates']],
    ['wrong-name', 'localhost', ['certificate-name']],
    ['self-signed', 'localhost', ['certificate-untrusted']],
    ['self-signed', 'mx.mailroom.test', ['certificate-untrusted', 'certificate-name']],
    ['expired', 'other.test', ['certificate-name', 'certificate-dates']],
  ];
  for (const [certificate, host, ids] of certificates) {
    test(`with the certificate ${certificate} for ${host} says so, and nothing more`, async () => {
      const outcome = await check({ certificate }, { host });
      const told = outcome.tls.filter(({ id }) => id.startsWith('certificate'));
      assert.deepEqual(
        told.map(({ id }) => id),
        ids,
      );
      // Mail servers do not look at certificates: an old one is a warning, all else a fact.
      assert.ok(told.every(({ id, level }) => level === (id === 'certificate-dates' ? 'warn' : 'info')));
      assert.equal(outcome.certificate?.isChainTrusted, !ids.includes('certificate-untrusted'));
      assert.equal(outcome.certificate?.isNameRight, !ids.includes('certificate-name'));
      assert.equal(outcome.certificate?.isInDate, !ids.includes('certificate-dates'));
    });
  }

  describe('with a chain', () => {
    test('that lacks a certificate between says so; with it, it is trusted', async () => {
      const root = await makeCertificate({ commonName: 'Root', isAuthority: true });
      const between = await makeCertificate({ commonName: 'Between', isAuthority: true, issuer: root });
      const { key, cert } = await makeCertificate({ names: ['DNS:mx.mailroom.test'], issuer: between });
      const chain = async (sent: string, trusted: string) => {
        const { tls } = await check({ certificate: 'good', identity: { key, cert: sent } }, { authorities: [trusted] });
        return tls.filter(({ id }) => id.startsWith('certificate')).map(({ id, level, detail }) => [id, level, detail]);
      };
      const untrusted = (detail: string) => [['certificate-untrusted', 'info', detail]];
      assert.deepEqual(
        (await chain(cert + between.cert, root.cert)).map(([id, level]) => [id, level]),
        [['certificate', 'pass']],
      );
      assert.deepEqual(
        await chain(cert, root.cert),
        untrusted('only its own certificate came: one between it and its authority is missing, or the authority is not known here'),
      );
      assert.deepEqual(
        await chain(cert + between.cert, authority),
        untrusted('the last certificate that came has an authority that is not known here'),
      );
      assert.deepEqual(await chain(cert + between.cert + root.cert, authority), untrusted('its authority is not known here'));
    });

    for (const [what, weak, isWarned] of [
      ['between is a warning', 'between', true],
      ['of the authority on itself is none', 'root', false],
    ] as const) {
      test(`a signature with SHA-1 ${what}`, async () => {
        const root = await makeCertificate({ commonName: 'Root', isAuthority: true, digest: weak === 'root' ? 'sha1' : 'sha256' });
        const between = await makeCertificate({
          commonName: 'Between',
          isAuthority: true,
          issuer: root,
          digest: weak === 'between' ? 'sha1' : 'sha256',
        });
        const { key, cert } = await makeCertificate({ names: ['DNS:mx.mailroom.test'], issuer: between });
        const identity = { key, cert: cert + between.cert + root.cert };
        const { tls } = await check(
          { certificate: 'good', identity, tls: { ciphers: 'DEFAULT@SECLEVEL=0' } },
          { authorities: [root.cert] },
        );
        assert.equal(
          tls.some(({ id }) => id === 'certificate-signature'),
          isWarned,
        );
      });
    }
  });

  test('that still offers STARTTLS inside of TLS is failed', async () => {
    const { findings } = await check({ certificate: 'good', stillOffers: true });
    assert.equal(finding(findings, 'ehlo-after-tls').level, 'fail');
  });

  test('that obeys commands from before the handshake is failed', async () => {
    const { tls } = await check({ certificate: 'good', obeysEarlyCommands: true });
    assert.equal(finding(tls, 'starttls-injection').level, 'fail');
  });

  test('with another certificate for those who name no server is told', async () => {
    const { tls } = await check({ certificate: 'good', withoutName: 'self-signed' });
    assert.equal(finding(tls, 'sni').title, 'Another certificate without a server name');
    assert.match(finding(tls, 'sni').evidence[0]?.text ?? '', /^Names: localhost, 127\.0\.0\.1\n/);
    assert.equal(finding(tls, 'certificate').level, 'pass');
  });

  test('that takes TLS 1.1 is a warning', async () => {
    const { tls } = await check({
      certificate: 'good',
      tls: { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
    });
    assert.deepEqual([finding(tls, 'old-protocols').level, finding(tls, 'old-protocols').title], ['warn', 'TLSv1.1 is accepted']);
  });

  test('that is offered and refused is a warning, and all else is asked without it', async () => {
    const { tls, findings, hasTls } = await check({ certificate: 'good', agreement: '502 5.5.1 Not today' });
    assert.deepEqual(levelsOf(tls), ['starttls warn', 'checks-skipped skipped']);
    assert.equal(finding(findings, 'postmaster').level, 'pass');
    assert.equal(hasTls, false);
  });

  test('that is put off is not known', async () => {
    const { tls, hasTls } = await check({ certificate: 'good', agreement: '454 4.7.0 TLS not available' });
    assert.equal(finding(tls, 'starttls').level, 'unknown');
    assert.equal(hasTls, null);
  });

  test('whose handshake fails is a warning, and all else is asked on a fresh connection', async () => {
    const { tls, findings, hasTls } = await check({ certificate: 'good', garbage: 'this is no TLS\r\n' });
    assert.deepEqual(levelsOf(tls), ['tls-handshake warn', 'checks-skipped skipped']);
    assert.equal(finding(findings, 'postmaster').level, 'pass');
    assert.equal(hasTls, false);
  });

  test('that knows nothing newer than TLS 1.1 says why no handshake comes about', async () => {
    const { tls, findings } = await check({
      certificate: 'good',
      tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    });
    assert.deepEqual(levelsOf(tls), ['old-protocols warn', 'checks-skipped skipped']);
    assert.equal(finding(tls, 'old-protocols').title, 'Nothing newer than TLSv1.1 is accepted');
    assert.equal(finding(findings, 'postmaster').level, 'pass');
  });
});

describe('old protocols', () => {
  const about = (message: string, code = '') =>
    oldProtocolsFinding(teller('tls', subject(25)), {
      subject: subject(25),
      version: null,
      failure: new Failure('tlsFailed', message, { code }),
      isOnly: false,
      ms: 1,
    });

  // As tls.connect and the handshake fail in Electron, whose BoringSSL knows no security levels.
  for (const [message, code] of [
    ['This program cannot begin such a handshake: error:1e000065:Cipher functions:OPENSSL_internal:NO_CIPHER_MATCH', 'notPossible'],
    ['The TLS handshake with mx failed: error:100000f0:SSL routines:OPENSSL_internal:NO_SUPPORTED_VERSIONS_ENABLED', ''],
    ['The TLS handshake with mx failed: no protocols available', ''],
  ] as const) {
    test(`that this program cannot offer are not known: ${message.slice(-29)}`, () => {
      const found = about(message, code);
      assert.deepEqual([found.level, found.detail], ['unknown', 'this program cannot offer TLS 1.0 and 1.1']);
      assert.equal(found.remedies[0]?.text, 'openssl s_client -tls1_1 -cipher DEFAULT@SECLEVEL=0 -starttls smtp -connect 127.0.0.1:25');
    });
  }

  for (const message of [
    'tlsv1 alert protocol version',
    'SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION',
    'unsupported protocol',
  ]) {
    test(`that the server refuses pass: ${message}`, () => assert.equal(about(message).level, 'pass'));
  }

  test('are not known where the server just hangs up', () => {
    assert.equal(about('mx ended the connection during the TLS handshake', 'closed').level, 'unknown');
  });
});

describe('implicit TLS', () => {
  test('is tested likewise, without what only STARTTLS has', async () => {
    await using server = await serveTls('good', (socket) => answerLines(socket, '220 mx.mailroom.test ESMTP', usual, []));
    const { findings } = await checkServer(subject(server.port, { implicitTls: true }), contextFor());
    const tls = findings.filter(({ group }) => group === 'tls');
    assert.deepEqual(levelsOf(tls), ['tls-handshake pass', 'certificate pass', 'old-protocols pass']);
    assert.equal(finding(findings, 'login').level, 'warn');
  });

  test('with a certificate that mail programs do not trust is failed', async () => {
    await using server = await serveTls('self-signed', (socket) => answerLines(socket, '220 mx.mailroom.test ESMTP', usual, []));
    const { findings } = await checkServer(subject(server.port, { implicitTls: true, host: 'localhost' }), contextFor());
    assert.equal(finding(findings, 'certificate-untrusted').level, 'fail');
  });

  test('that nobody speaks there is not known, and all else is skipped', async () => {
    await using server = await serveStartTlsReplies({ certificate: 'good' });
    const { findings, hasTls } = await checkServer(subject(server.port, { implicitTls: true }), contextFor());
    assert.deepEqual(levelsOf(findings).slice(0, 2), ['tls-handshake unknown', 'checks-skipped skipped']);
    assert.ok(findings.slice(1).every(({ level }) => level === 'skipped'));
    assert.equal(hasTls, null);
  });
});
