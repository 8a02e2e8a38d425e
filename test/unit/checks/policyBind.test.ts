// checks/policy: the policies of a zone that BIND serves, so that what a real name server makes of strings, aliases and wildcards counts.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import type { CheckContext } from '../../../src/checks/context.ts';
import { createResolver } from '../../../src/checks/dns/resolver.ts';
import { checkBimi } from '../../../src/checks/policy/bimi.ts';
import { checkDkim } from '../../../src/checks/policy/dkim.ts';
import { checkDmarc } from '../../../src/checks/policy/dmarc.ts';
import { checkMtaSts } from '../../../src/checks/policy/mtaSts.ts';
import { checkSpf } from '../../../src/checks/policy/spf.ts';
import { checkTlsRpt } from '../../../src/checks/policy/tlsRpt.ts';
import { startBind } from '../../peers/bind.ts';
import { isSkipped } from '../../peers/cache.ts';
import { summary, worldOf } from './policyWorld.ts';

const server = await startBind();
const skip = isSkipped(server) ? server.skipped : false;
after(async () => {
  if (!isSkipped(server)) await server.stop();
});

function ask(): CheckContext {
  assert.ok(!isSkipped(server));
  const servers = [{ address: server.address, port: server.port }];
  return worldOf({}, { dns: createResolver({ servers, timeout: 20_000, clock: systemClock, signal: new AbortController().signal }) });
}

const sound = ['pass spf-all', 'pass spf-look-ups', 'pass spf-record'];

const spf: Readonly<Record<string, readonly string[]>> = {
  good: sound,
  split: sound,
  aliased: sound,
  'any.wild': sound,
  two: ['fail spf-multiple'],
  open: ['pass spf-look-ups', 'pass spf-record', 'warn spf-all'],
  mistyped: ['fail spf-syntax', 'pass spf-all'],
  odd: ['fail spf-syntax', 'pass spf-all'],
  itself: ['fail spf-loop', 'pass spf-all'],
  nowhere: ['fail spf-void-look-ups', ...sound],
  costly: ['fail spf-look-ups', 'pass spf-all', 'pass spf-record'],
  bare: ['warn spf-none'],
  gone: ['skipped spf-none'],
};

const dkim: Readonly<Record<string, readonly string[]>> = {
  ed25519: ['pass dkim-record'],
  revoked: ['info dkim-revoked'],
  broken: ['fail dkim-syntax'],
  hosted: ['info dkim-alias', 'pass dkim-record'],
  gone: ['fail dkim-missing'],
};

describe('policies in BIND', { skip }, () => {
  for (const [name, expected] of Object.entries(spf)) {
    test(`SPF of ${name}`, async () => assert.deepEqual(summary(await checkSpf(`${name}.policy.test`, ask())), expected.toSorted()));
  }
  for (const [selector, expected] of Object.entries(dkim)) {
    test(`DKIM selector ${selector}`, async () =>
      assert.deepEqual(summary(await checkDkim('good.policy.test', selector, ask())), expected));
  }

  test('DMARC, with a foreign domain that takes the reports', async () => {
    assert.deepEqual(summary(await checkDmarc('good.policy.test', ask())), [
      'pass dmarc-policy',
      'pass dmarc-record',
      'pass dmarc-reports',
    ]);
    assert.deepEqual(summary(await checkDmarc('two.policy.test', ask())), ['fail dmarc-multiple']);
    assert.deepEqual(summary(await checkDmarc('bare.policy.test', ask())), ['warn dmarc-none']);
    assert.deepEqual(summary(await checkDmarc('gone.policy.test', ask())), ['skipped dmarc-none']);
  });

  test('MTA-STS, TLS reporting and BIMI', async () => {
    assert.deepEqual(summary(await checkMtaSts('good.policy.test', ['mx.good.policy.test'], ask(), null)), [
      'pass mta-sts-record',
      'skipped mta-sts-policy',
    ]);
    assert.deepEqual(summary(await checkTlsRpt('good.policy.test', ask())), ['pass tls-rpt-record']);
    assert.deepEqual(summary(await checkBimi('good.policy.test', ask())), ['info bimi-record']);
  });
});
