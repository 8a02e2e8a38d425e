// Which servers of a domain a session offers: as DNS says, from a name server of this test.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { type Answer, decode, encode } from 'dns-packet';
import { Failure } from '../../../../src/base/failure.ts';
import { createResolver, domainOf, mailServersOf } from '../../../../src/ui/session/terminal/mailServers.ts';

type Mx = { readonly exchange: string; readonly preference: number };

/** Answers questions for MX; null: there is no such domain. */
async function startDns(records: Readonly<Record<string, readonly Mx[] | null>>) {
  const socket = createSocket('udp4');
  socket.on('message', (octets, { address, port }) => {
    const { id, questions = [] } = decode(octets);
    const name = questions[0]?.name ?? '';
    const found = records[name] ?? null;
    const answers = (found ?? []).map((data): Answer => ({ type: 'MX', name, ttl: 60, data: { ...data } }));
    socket.send(encode({ type: 'response', id: id ?? 0, flags: found === null ? 3 : 0, questions, answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = createResolver([`127.0.0.1:${socket.address().port}`]);
  return {
    ask: (domain: string) => mailServersOf(domain, (name) => resolver.resolveMx(name)),
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

describe('the mail servers of a domain', () => {
  test('come in the order in which a sender tries them', async () => {
    await using dns = await startDns({
      'shop.test': [
        { exchange: 'second.shop.test', preference: 20 },
        { exchange: 'first.shop.test', preference: 10 },
      ],
    });
    assert.deepEqual(await dns.ask('shop.test'), [
      { host: 'first.shop.test', priority: 10 },
      { host: 'second.shop.test', priority: 20 },
    ]);
  });

  test('are the domain itself where it names none', async () => {
    await using dns = await startDns({ 'plain.test': [] });
    assert.deepEqual(await dns.ask('plain.test'), [{ host: 'plain.test', priority: 0 }]);
  });

  test('are none where the domain takes no mail, which is said', async () => {
    await using dns = await startDns({ 'silent.test': [{ exchange: '.', preference: 0 }] });
    await assert.rejects(dns.ask('silent.test'), (error) => Failure.is(error, 'noMail') && /null MX/.test(error.message));
  });

  test('are not known of a domain that does not exist', async () => {
    await using dns = await startDns({});
    await assert.rejects(dns.ask('nowhere.test'), (error) => Failure.is(error, 'dnsFailed') && /nowhere\.test/.test(error.message));
  });

  test('are asked of name servers only', () => {
    for (const wrong of ['dns.example.com', '127.0.0.1:0', ''])
      assert.throws(
        () => createResolver([wrong]),
        (error) => Failure.is(error, 'dnsFailed'),
        wrong,
      );
    assert.deepEqual(createResolver(['192.0.2.53', '[::1]:5353']).getServers(), ['192.0.2.53', '[::1]:5353']);
  });

  test('are those of a mail address, too, and of a name in any script', () => {
    assert.equal(domainOf('kim@Example.COM.'), 'example.com');
    assert.equal(domainOf('bücher.example'), 'xn--bcher-kva.example');
    for (const wrong of ['', 'localhost', 'a b.test', '-.test', 'x..test', '192.0.2.1/24']) assert.equal(domainOf(wrong), undefined, wrong);
  });
});
