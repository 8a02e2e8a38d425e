// checks: signed domains through Unbound, which checks signatures made by BIND: right ones and wrong ones.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../src/base/clock.ts';
import { createResolver } from '../../../src/checks/dns/resolver.ts';
import { checkRecord } from '../../../src/checks/lookups/record.ts';
import { checkRouting } from '../../../src/checks/routing/routing.ts';
import { startBind } from '../../peers/bind.ts';
import { isSkipped } from '../../peers/cache.ts';
import { startUnbound, type ValidatingPeer } from '../../peers/unbound.ts';
import { contextOf, told } from './asserting.ts';

const bind = await startBind();
const started = isSkipped(bind) ? bind : await startUnbound(bind);
after(() => (isSkipped(bind) ? undefined : bind.stop()));

describe('with Unbound before BIND', { skip: isSkipped(started) ? started.skipped : false }, () => {
  const unbound = started as ValidatingPeer;
  after(() => unbound.stop());

  const ask = () =>
    contextOf(createResolver({ servers: [unbound], timeout: 20_000, clock: systemClock, signal: new AbortController().signal }), {
      isLab: true,
    });

  test('right signatures are told', async () => {
    const { findings } = await checkRouting('signed.invalid', ask());
    assert.deepEqual(told(findings), ['info dnssec', 'info mx-private', 'info mx-private', 'pass mx']);
    const [record] = await checkRecord('signed.invalid', 'MX', ask());
    assert.match(record?.reason ?? '', /signatures checked \(DNSSEC\)$/);
  });

  test('wrong signatures are a failure, and not a missing record', async () => {
    const { findings } = await checkRouting('bogus.invalid', ask());
    assert.deepEqual(told(findings), ['fail dnssec-bogus', 'unknown mx-look-up']);
    const bogus = findings.find(({ id }) => id === 'dnssec-bogus');
    assert.match(bogus?.evidence[0]?.text ?? '', /SERVFAIL/);
    assert.match(bogus?.evidence[1]?.text ?? '', /MX {2}10 mx1\.bogus\.invalid\./);
  });
});
