// peers: Exim as a server, out of its Debian package, with AUTH. It runs as any user; as root it changes to nobody.
import { chmod, glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import type { Skipped } from './cache.ts';
import { libraryPackages, libraryPathOf, missingLibraries, unpackPackages } from './debian.ts';
import { isRoot, type MailServer, type ServerFolder, startMailServer } from './mailServer.ts';
import { freePort, startSmtpServer } from './process.ts';

/** `open` relays for everybody. */
export type EximPort = 'smtp' | 'implicitTls' | 'open';

/** Whom Exim lets in, with PLAIN, LOGIN and CRAM-MD5, and lets relay then. */
export const eximLogin = { user: 'kim', password: 'open-sesame' } as const;

export async function startExim(): Promise<MailServer<EximPort> | Skipped> {
  let program: Program;
  try {
    program = await getExim();
  } catch (error) {
    return { skipped: `Exim could not be unpacked: ${messageOf(error)}` };
  }
  return startMailServer('Exim', async (folder) => {
    const ports = { smtp: await freePort(), implicitTls: await freePort(), open: await freePort() };
    const file = join(folder.path, 'exim.conf');
    await mkdir(join(folder.path, 'spool'));
    await chmod(join(folder.path, 'spool'), 0o777);
    await writeFile(file, configuration(folder, program.path, ports), { mode: 0o644 });
    const env = { LD_LIBRARY_PATH: program.libraryPath, ...(await pretendUser(folder)) };
    const process = await startSmtpServer(program.path, ['-C', file, '-bdf'], ports.smtp, env);
    return { ports, process };
  });
}

interface Program {
  readonly path: string;
  readonly libraryPath: string;
}

async function getExim(): Promise<Program> {
  const root = await unpackPackages('exim', ['exim4-daemon-light', 'exim4-base']);
  const path = join(root, 'usr/sbin/exim4');
  if ((await missingLibraries(path, '')).length === 0) return { path, libraryPath: '' };
  const libraryPath = await libraryPathOf(await unpackPackages('exim-libraries', () => libraryPackages('exim4-daemon-light')));
  const missing = await missingLibraries(path, libraryPath);
  if (missing.length > 0) throw new Error(`no package brings ${missing.join(', ')}`);
  return { path, libraryPath };
}

/** Debian's Exim does not start without a user of this name, so it is shown one that the machine does not have. */
async function pretendUser(folder: ServerFolder): Promise<Readonly<Record<string, string>>> {
  const name = 'Debian-exim';
  const users = await readFile('/etc/passwd', 'utf8');
  if (users.includes(`\n${name}:`)) return {};
  const groups = await readFile('/etc/group', 'utf8');
  const wrapper = await unpackPackages('nss-wrapper', ['libnss-wrapper']);
  let library = '';
  for await (const file of glob('usr/lib/*/libnss_wrapper.so', { cwd: wrapper })) library = join(wrapper, file);
  const passwd = join(folder.path, 'passwd');
  const group = join(folder.path, 'group');
  await writeFile(passwd, `${users}${name}:x:65533:65533::/nonexistent:/usr/sbin/nologin\n`);
  await writeFile(group, `${groups}${name}:x:65533:\n`);
  return { LD_PRELOAD: library, NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group };
}

function configuration(folder: ServerFolder, program: string, ports: Record<EximPort, number>): string {
  const user = isRoot() ? 'nobody' : `${process.getuid?.()}`;
  const group = isRoot() ? 'nogroup' : `${process.getgid?.()}`;
  return `primary_hostname = mx1.good.test
spool_directory = ${join(folder.path, 'spool')}
log_file_path = ${join(folder.path, 'spool', '%s.log')}
pid_file_path = ${join(folder.path, 'spool', 'exim.pid')}
exim_path = ${program}
exim_user = ${user}
exim_group = ${group}
never_users =
daemon_smtp_ports = ${ports.smtp} : ${ports.implicitTls} : ${ports.open}
tls_on_connect_ports = ${ports.implicitTls}
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = ${folder.certificate}
tls_privatekey = ${folder.key}
# What the machine's GnuTLS takes by itself differs.
tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1
# What is taken stays in the queue, and goes with the folder.
queue_only = true
rfc1413_query_timeout = 0s
host_lookup =
smtp_accept_max = 50
smtp_accept_max_nonmail = 100
allow_domain_literals = true
smtp_max_synprot_errors = 50
keep_environment =
acl_smtp_rcpt = acl_check_rcpt
acl_smtp_data = accept
acl_smtp_vrfy = accept
begin acl
acl_check_rcpt:
  accept authenticated = *
  accept condition = \${if eq{$received_port}{${ports.open}}}
  require message = relay not permitted
          domains = good.test
  # As Debian has it: a local part that would be taken for a route.
  deny message = restricted characters in address
       local_parts = ^[.] : ^.*[@%!/|]
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and {{eq{$auth2}{${eximLogin.user}}}{eq{$auth3}{${eximLogin.password}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and {{eq{$auth1}{${eximLogin.user}}}{eq{$auth2}{${eximLogin.password}}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{$auth1}{${eximLogin.user}}{${eximLogin.password}}fail}
  server_set_id = $auth1
`;
}
