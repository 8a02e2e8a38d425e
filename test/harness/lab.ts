// harness: `npm run lab`: a name server and real mail servers on loopback, for a person to try checks and sessions on, until Ctrl-C. Prints what to
// ask, and the settings under which Mailroom asks them.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startBind } from '../peers/bind.ts';
import { isSkipped, type Skipped } from '../peers/cache.ts';
import { eximLogin, startExim } from '../peers/exim.ts';
import { labDomain, labZone } from '../peers/labDomain.ts';
import type { MailServer } from '../peers/mailServer.ts';
import { startOpenSmtpd } from '../peers/opensmtpd.ts';
import { startPostfix } from '../peers/postfixServer.ts';
import { root } from './paths.ts';

const stops: (() => Promise<void>)[] = [];
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

console.log('Starting a name server and mail servers on loopback (the first time they are fetched as Debian packages) ...\n');
const bind = await startBind({ plain: { [labDomain]: labZone } });
if (isSkipped(bind)) console.log(`BIND        not here: ${bind.skipped}`);
else {
  stops.push(bind.stop);
  const zones = (await readdir(join(root, 'test/peers/zones')))
    .map((name) => name.replace(/\.zone$/, ''))
    .filter((name) => !name.endsWith('.arpa'));
  console.log(
    `BIND        ${bind.address}:${bind.port}, zones: ${[...zones, 'signed.invalid', 'bogus.invalid', 'broken.invalid'].join(', ')}`,
  );
}
/** The default of mailroom.smtp.port: what is relayed in the lab is caught. */
const mailroomPort = 1025;
const [postfix, exim, openSmtpd] = [await startPostfix({ nextPort: mailroomPort }), await startExim(), await startOpenSmtpd()];
tell('Postfix', postfix, `, open sends on to 127.0.0.1:${mailroomPort}, where Mailroom listens`);
tell('Exim', exim, `, login ${eximLogin.user} / ${eximLogin.password}`);
tell('OpenSMTPD', openSmtpd);

if (stops.length === 0) await end(1);
const first = [postfix, exim, openSmtpd].flatMap((server) => (isSkipped(server) ? [] : [server.ports.smtp]))[0];
const settings = {
  'mailroom.checks.lab': true,
  ...(first === undefined ? {} : { 'mailroom.checks.labPort': first }),
  ...(isSkipped(bind) ? {} : { 'mailroom.checks.dnsServers': [`${bind.address}:${bind.port}`] }),
};
if (first !== undefined && !isSkipped(bind))
  console.log(
    `\nCheck Mail Domain… of ${labDomain} finds the server on port ${first}; set mailroom.checks.labPort to that of another to check it instead.`,
  );
if (!isSkipped(postfix))
  console.log(
    `\nConfirm Open Relay by Delivery…: with the Mailroom server on port ${mailroomPort}, enter the server 127.0.0.1:${postfix.ports.open}, then catch.test as the domain whose mail arrives; the open Postfix sends mail for every domain but ${labDomain} there.`,
  );
console.log(`\nThe settings for Mailroom:\n${JSON.stringify(settings, null, 2)}\n\nCtrl-C ends them all.`);
// Whatever the servers do, this process stays until it is told to end.
setInterval(() => {}, 60_000);

function tell(name: string, server: MailServer<string> | Skipped, more = ''): void {
  if (isSkipped(server)) {
    console.log(`${name.padEnd(11)} not here: ${server.skipped}`);
    return;
  }
  stops.push(server.stop);
  const ports = Object.entries(server.ports).map(([port, number]) => `${port} 127.0.0.1:${number}`);
  console.log(`${name.padEnd(11)} ${ports.join(', ')}${more}`);
}

async function end(code: number): Promise<never> {
  if (!isEnding) {
    isEnding = true;
    await Promise.allSettled(stops.map((stop) => stop()));
  }
  process.exit(code);
}
