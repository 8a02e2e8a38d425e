// checks: the whole check of a domain whose mail a real server takes: Postfix, Exim, OpenSMTPD.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startBind } from '../../peers/bind.ts';
import { isSkipped } from '../../peers/cache.ts';
import { startExim } from '../../peers/exim.ts';
import { labDomain, labZone } from '../../peers/labDomain.ts';
import { startOpenSmtpd } from '../../peers/opensmtpd.ts';
import { startPostfix } from '../../peers/postfixServer.ts';
import { assertFound, questionOf, runWith } from './domainRun.ts';

const [bind, postfix, exim, openSmtpd] = await Promise.all([
  startBind({ plain: { [labDomain]: labZone } }),
  startPostfix(),
  startExim(),
  startOpenSmtpd(),
]);
after(() => Promise.all([bind, postfix, exim, openSmtpd].map((peer) => (isSkipped(peer) ? undefined : peer.stop()))));

const encrypted = ['pass tls-handshake', 'pass starttls-injection'];
/** Beside these nothing is wrong or unknown. Exim offers AUTH before TLS, and OpenSMTPD has no TLS here. */
const servers = [
  { name: 'Postfix', peer: postfix, expected: encrypted },
  { name: 'Exim', peer: exim, expected: [...encrypted, 'warn auth-unencrypted', 'warn postmaster-plain'] },
  { name: 'OpenSMTPD', peer: openSmtpd, expected: ['warn postmaster-plain', 'warn starttls', 'skipped checks-skipped'] },
];

describe('the whole check of a domain', { skip: isSkipped(bind) ? bind.skipped : false }, () => {
  for (const { name, peer, expected } of servers)
    test(name, { skip: isSkipped(peer) ? peer.skipped : false }, async () => {
      assert.ok(!isSkipped(bind) && !isSkipped(peer));
      const report = await runWith(questionOf('domain', labDomain), {
        dnsServers: [`${bind.address}:${bind.port}`],
        labPort: peer.ports.smtp,
      });
      assertFound(report.findings, [...expected, 'pass mx', 'pass connect', 'pass postmaster']);
      assert.deepEqual(report.probedFrom, ['127.0.0.1']);
      assert.match(report.transcripts.map(({ text }) => text).join('\n'), /^C: RCPT TO:<postmaster@good\.test>$/m);
    });
});
