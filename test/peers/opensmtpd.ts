// peers: OpenSMTPD as a server, out of its Debian package. Its folders and users have fixed names: it gets them in a mount namespace of its own,
// which only root may make, so that the machine itself stays as it is. No TLS, and so no AUTH: 6.8, built with OpenSSL 3, fails every handshake
// ("rsa routines::missing private key" in its log).
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import { isRoot, type MailServer, startMailServer } from './mailServer.ts';
import { freePort, startSmtpServer } from './process.ts';

/** `open` relays for everybody. `catchAll` takes every user of the server's own name, too; `knownUsers` none but its postmaster. */
export type OpenSmtpdPort = 'smtp' | 'open' | 'catchAll' | 'knownUsers';

export async function startOpenSmtpd(): Promise<MailServer<OpenSmtpdPort> | Skipped> {
  if (!isRoot()) return { skipped: 'OpenSMTPD runs only when started by root' };
  return startMailServer('OpenSMTPD', async (folder) => {
    const root = await unpackPackages('opensmtpd', ['opensmtpd']);
    const env = { LD_LIBRARY_PATH: await findLibraries(join(root, 'usr/sbin/smtpd')) };
    const ports = { smtp: await freePort(), open: await freePort(), catchAll: await freePort(), knownUsers: await freePort() };
    await writeFile(join(folder.path, 'smtpd.conf'), configuration(ports));
    for (const [file, more] of Object.entries(accounts))
      await writeFile(join(folder.path, file), (await readFile(`/etc/${file}`, 'utf8')) + more);
    const process = await startSmtpServer('unshare', ['--mount', 'sh', '-euc', script, 'sh', folder.path, root], ports.smtp, env);
    return { ports, process };
  });
}

async function findLibraries(program: string): Promise<string> {
  if ((await missingLibraries(program, '')).length === 0) return '';
  const libraryPath = await libraryPathOf(await unpackPackages('opensmtpd-libraries', () => libraryPackages('opensmtpd')));
  const missing = await missingLibraries(program, libraryPath);
  if (missing.length > 0) throw new Error(`no package brings ${missing.join(', ')}`);
  return libraryPath;
}

const home = '/var/lib/opensmtpd/empty';

const accounts = {
  passwd: ['opensmtpd:x:65531:65531', 'opensmtpq:x:65532:65532'].map((user) => `${user}::${home}:/usr/sbin/nologin\n`).join(''),
  group: 'opensmtpd:x:65531:\nopensmtpq:x:65532:\n',
};

/** Arguments: the server's folder, the unpacked package. Nothing that is mounted here is seen outside, and it goes with the process. */
const script = `
mount --make-rprivate /
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/group" /etc/group
mount --bind "$2/usr/libexec" /usr/libexec
mount -t tmpfs tmpfs /var/spool
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mkdir -p -m 711 /var/spool/smtpd /var/lib/opensmtpd ${home}
exec "$2/usr/sbin/smtpd" -d -F -f "$1/smtpd.conf"
`;

function configuration(ports: Record<OpenSmtpdPort, number>): string {
  return `table anyone { "@" = nobody }
table someone { "postmaster@good.test" = nobody }
listen on 127.0.0.1 port ${ports.smtp} hostname mx1.good.test
listen on 127.0.0.1 port ${ports.open} hostname mx1.good.test tag OPEN
listen on 127.0.0.1 port ${ports.catchAll} hostname mx1.good.test tag CATCHALL
listen on 127.0.0.1 port ${ports.knownUsers} hostname mx1.good.test tag KNOWN
action "in" maildir "/var/lib/mail" virtual <anyone>
action "known" maildir "/var/lib/mail" virtual <someone>
action "out" relay host "smtp://127.0.0.1:1"
match tag KNOWN from any for domain "good.test" action "known"
match from any for domain "good.test" action "in"
match tag CATCHALL from any for domain "mx1.good.test" action "in"
match tag OPEN from any for any action "out"
`;
}
