// peers: Postfix as a server, out of its Debian package, with one smtpd for each way to behave. It wants to be started by root.
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSkipped, type Skipped } from './cache.ts';
import { unpackPackages } from './debian.ts';
import { isRoot, type MailServer, type ServerFolder, startMailServer } from './mailServer.ts';
import { getPostfix, type PostfixTools } from './postfix.ts';
import { freePort, startSmtpServer } from './process.ts';

/**
 * The options of master.cf of each port. `smtp` and `implicitTls`: usual. `mustEncrypt`: 530 before STARTTLS. `deferring`: 450 at RCPT.
 * `unwelcoming`: 554 instead of a greeting. `impatient`: hangs up after three errors. `open`: relays for everybody.
 * `oldTls`: takes TLS 1.0 and 1.1, too. `trusting`: relays for loopback, and lets it say XCLIENT.
 */
const ports = {
  smtp: [],
  implicitTls: ['smtpd_tls_wrappermode=yes'],
  mustEncrypt: ['smtpd_tls_security_level=encrypt'],
  deferring: ['smtpd_recipient_restrictions=defer', 'smtpd_relay_restrictions='],
  unwelcoming: ['smtpd_delay_reject=no', 'smtpd_client_restrictions=reject'],
  impatient: ['smtpd_hard_error_limit=3'],
  trusting: ['mynetworks=127.0.0.0/8', 'smtpd_authorized_xclient_hosts=127.0.0.0/8'],
  open: ['mynetworks=0.0.0.0/0'],
  oldTls: ['smtpd_tls_protocols=>=TLSv1', 'smtpd_tls_ciphers=low'],
} as const;
export type PostfixPort = keyof typeof ports;

/** Existing accounts of Debian stand in for Postfix's own, so that none has to be made; the queue stays empty but for what is discarded. */
const owner = { name: 'backup', group: 'games', id: 34 };

export async function startPostfix(): Promise<MailServer<PostfixPort> | Skipped> {
  if (!isRoot()) return { skipped: 'Postfix runs only when started by root' };
  const tools = await getPostfix();
  if (isSkipped(tools)) return tools;
  return startMailServer('Postfix', async (folder) => {
    const root = await unpackPackages('postfix', ['postfix']);
    const chosen = await choosePorts();
    await configure(folder, root, tools, chosen);
    const env = { LD_LIBRARY_PATH: tools.env['LD_LIBRARY_PATH'] ?? '', MAIL_CONFIG: folder.path };
    const process = await startSmtpServer(join(root, 'usr/lib/postfix/sbin/master'), ['-d', '-c', folder.path], chosen.smtp, env);
    return { ports: chosen, process };
  });
}

async function choosePorts(): Promise<Record<PostfixPort, number>> {
  const chosen = { smtp: 0, implicitTls: 0, mustEncrypt: 0, deferring: 0, unwelcoming: 0, impatient: 0, open: 0, oldTls: 0, trusting: 0 };
  for (const name of Object.keys(ports) as PostfixPort[]) chosen[name] = await freePort();
  return chosen;
}

async function configure(folder: ServerFolder, root: string, tools: PostfixTools, chosen: Record<PostfixPort, number>): Promise<void> {
  const spool = join(folder.path, 'spool');
  const data = join(folder.path, 'data');
  await mkdir(spool);
  await mkdir(data);
  await chown(data, owner.id, -1);
  for (const name of ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace']) {
    await mkdir(join(spool, name));
    await chown(join(spool, name), owner.id, -1);
  }
  for (const name of ['maildrop', 'pid', 'public']) await mkdir(join(spool, name));
  await chown(join(spool, 'public'), owner.id, -1);
  await chown(join(spool, 'maildrop'), owner.id, -1);
  const main = {
    compatibility_level: '3.6',
    queue_directory: spool,
    data_directory: data,
    daemon_directory: join(root, 'usr/lib/postfix/sbin'),
    command_directory: join(root, 'usr/sbin'),
    shlib_directory: join(root, 'usr/lib/postfix'),
    meta_directory: join(root, 'etc/postfix'),
    mail_owner: owner.name,
    setgid_group: owner.group,
    import_environment: `MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=${tools.env['LD_LIBRARY_PATH']}`,
    myhostname: 'mx1.good.test',
    mydestination: 'good.test, mx1.good.test, localhost',
    // Loopback itself must not be trusted, or everything would be relayed.
    mynetworks: '192.0.2.1/32',
    smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    inet_interfaces: 'loopback-only',
    inet_protocols: 'ipv4',
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    smtpd_tls_security_level: 'may',
    smtpd_tls_protocols: '>=TLSv1.2',
    smtpd_tls_mandatory_protocols: '>=TLSv1.2',
    smtpd_tls_cert_file: folder.certificate,
    smtpd_tls_key_file: folder.key,
    // Nothing ever leaves.
    default_transport: 'discard:',
    relay_transport: 'discard:',
    local_transport: 'discard:',
    virtual_transport: 'discard:',
    smtpd_peername_lookup: 'no',
    disable_dns_lookups: 'yes',
    smtpd_error_sleep_time: '0',
  };
  const internal = [
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'proxymap unix - - n - - proxymap',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
  ];
  const listening = Object.entries(ports).flatMap(([name, options]) => [
    `127.0.0.1:${chosen[name as PostfixPort]} inet n - n - - smtpd`,
    ...options.map((option) => `  -o ${option}`),
  ]);
  await writeFile(join(folder.path, 'main.cf'), lines(Object.entries(main).map(([name, value]) => `${name} = ${value}`)));
  await writeFile(join(folder.path, 'master.cf'), lines([...listening, ...internal]));
}

function lines(list: readonly string[]): string {
  return `${list.join('\n')}\n`;
}
