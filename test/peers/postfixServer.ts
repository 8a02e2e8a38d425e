// peers: Postfix as a server, out of its Debian package, with one smtpd for each way to behave. It wants to be started by root.
import { chown, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSkipped, type Skipped } from './cache.ts';
import { unpackPackages } from './debian.ts';
import { startGreylist } from './greylist.ts';
import { certificates, isRoot, type MailServer, type ServerFolder, startMailServer } from './mailServer.ts';
import { getPostfix, type PostfixTools } from './postfix.ts';
import { freePorts, type RunningPeer, startSmtpServer } from './process.ts';

/**
 * The options of master.cf of each port. `smtp` and `implicitTls`: usual. `mustEncrypt`: 530 before STARTTLS. `deferring`: 450 at RCPT.
 * `greylisting`: 450 until a sender and a recipient are known for a while. `unwelcoming`: 554 instead of a greeting. `impatient`: knows its users,
 * and hangs up after three errors. `open`: relays for everybody. `oldTls`: takes TLS 1.0 and 1.1, too. `onlyOldTls`: nothing newer. `noTls`: none,
 * and no VRFY. `expired`, `wrongName`: by their certificates. `trusting`: relays for loopback, and lets it say XCLIENT. `screening`: postscreen
 * greets with "220-", waits, and hangs up on who talks too early.
 */
const ports = {
  smtp: [],
  implicitTls: ['smtpd_tls_wrappermode=yes'],
  mustEncrypt: ['smtpd_tls_security_level=encrypt'],
  deferring: ['smtpd_recipient_restrictions=defer', 'smtpd_relay_restrictions='],
  unwelcoming: ['smtpd_delay_reject=no', 'smtpd_client_restrictions=reject'],
  greylisting: [],
  impatient: ['smtpd_hard_error_limit=3', 'local_recipient_maps=inline:{postmaster=ok,abuse=ok}'],
  trusting: ['mynetworks=127.0.0.0/8', 'smtpd_authorized_xclient_hosts=127.0.0.0/8'],
  open: ['mynetworks=0.0.0.0/0'],
  oldTls: ['smtpd_tls_protocols=>=TLSv1', 'smtpd_tls_ciphers=low'],
  onlyOldTls: ['smtpd_tls_protocols=<=TLSv1.1,>=TLSv1', 'smtpd_tls_ciphers=low'],
  noTls: ['smtpd_tls_security_level=none', 'disable_vrfy_command=yes'],
  expired: [],
  wrongName: [],
  screening: [
    'postscreen_greet_wait=2s',
    'postscreen_greet_action=drop',
    'postscreen_greet_banner=wait',
    'postscreen_access_list=',
    'postscreen_dnsbl_sites=',
    'postscreen_cache_map=',
  ],
} as const satisfies Record<string, readonly string[]>;
export type PostfixPort = keyof typeof ports;

/** Existing accounts of Debian stand in for Postfix's own, so that none has to be made; the queue stays empty but for what is discarded. */
const owner = { name: 'backup', group: 'games', id: 34 };

export interface PostfixOptions {
  /** A port of 127.0.0.1 to which mail for domains of others is sent on; without it that is thrown away. */
  readonly nextPort?: number;
}

export async function startPostfix({ nextPort }: PostfixOptions = {}): Promise<MailServer<PostfixPort> | Skipped> {
  if (!isRoot()) return { skipped: 'Postfix runs only when started by root' };
  const tools = await getPostfix();
  if (isSkipped(tools)) return tools;
  return startMailServer('Postfix', async (folder) => {
    const root = await unpackPackages('postfix', ['postfix']);
    const greylist = await startGreylist();
    try {
      const { chosen, master } = await startMaster(folder, root, tools, { greylist: greylist.port, next: nextPort });
      const stop = async (): Promise<void> => {
        await master.stop();
        greylist.stop();
      };
      return { ports: chosen, process: { ...master, stop } };
    } catch (error) {
      greylist.stop();
      throw error;
    }
  });
}

/** Ports of 127.0.0.1. */
interface Neighbours {
  readonly greylist: number;
  readonly next: number | undefined;
}

interface Started {
  readonly chosen: Record<PostfixPort, number>;
  readonly master: RunningPeer;
}

/** Other ports are tried where another program, as another test, has taken one of the chosen meanwhile. */
async function startMaster(folder: ServerFolder, root: string, tools: PostfixTools, neighbours: Neighbours, tries = 3): Promise<Started> {
  const chosen = await choosePorts();
  await configure(folder, root, tools, chosen, neighbours);
  const env = { LD_LIBRARY_PATH: tools.env['LD_LIBRARY_PATH'] ?? '', MAIL_CONFIG: folder.path };
  try {
    const master = await startSmtpServer(join(root, 'usr/lib/postfix/sbin/master'), ['-d', '-c', folder.path], chosen.smtp, env);
    return { chosen, master };
  } catch (error) {
    if (tries <= 1) throw error;
    return startMaster(folder, root, tools, neighbours, tries - 1);
  }
}

async function choosePorts(): Promise<Record<PostfixPort, number>> {
  const names = Object.keys(ports) as PostfixPort[];
  const free = await freePorts(names.length);
  return Object.fromEntries(names.map((name, index) => [name, free[index] ?? 0])) as Record<PostfixPort, number>;
}

async function configure(
  folder: ServerFolder,
  root: string,
  tools: PostfixTools,
  chosen: Record<PostfixPort, number>,
  { greylist, next }: Neighbours,
): Promise<void> {
  const spool = join(folder.path, 'spool');
  const data = join(folder.path, 'data');
  await mkdir(spool, { recursive: true });
  await mkdir(data, { recursive: true });
  await chown(data, owner.id, -1);
  for (const name of ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace']) {
    await mkdir(join(spool, name), { recursive: true });
    await chown(join(spool, name), owner.id, -1);
  }
  for (const name of ['maildrop', 'pid', 'public']) await mkdir(join(spool, name), { recursive: true });
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
    default_transport: next === undefined ? 'discard:' : `smtp:[127.0.0.1]:${next}`,
    relay_transport: 'discard:',
    local_transport: 'discard:',
    virtual_transport: 'discard:',
    smtpd_peername_lookup: 'no',
    disable_dns_lookups: 'yes',
    smtpd_error_sleep_time: '0',
  };
  const internal = [
    'smtpd pass - - n - - smtpd',
    'dnsblog unix - - n - 0 dnsblog',
    'tlsproxy unix - - n - 0 tlsproxy',
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
    'smtp unix - - n - - smtp',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
  ];
  const more: Partial<Record<PostfixPort, readonly string[]>> = {
    greylisting: [`smtpd_recipient_restrictions=check_policy_service,inet:127.0.0.1:${greylist}`],
    expired: [`smtpd_tls_cert_file=${await certificate(folder, 'expired')}`],
    wrongName: [`smtpd_tls_cert_file=${await certificate(folder, 'wrong-name')}`],
  };
  const listening = (Object.keys(ports) as PostfixPort[]).flatMap((name) => [
    `127.0.0.1:${chosen[name]} inet n - n - ${name === 'screening' ? '1 postscreen' : '- smtpd'}`,
    ...[...ports[name], ...(more[name] ?? [])].map((option) => `  -o ${option}`),
  ]);
  await writeFile(join(folder.path, 'main.cf'), lines(Object.entries(main).map(([name, value]) => `${name} = ${value}`)));
  await writeFile(join(folder.path, 'master.cf'), lines([...listening, ...internal]));
}

/** With the same key. */
async function certificate({ path }: ServerFolder, name: 'expired' | 'wrong-name'): Promise<string> {
  const file = join(path, `${name}.pem`);
  await copyFile(join(certificates, `${name}.pem`), file);
  return file;
}

function lines(list: readonly string[]): string {
  return `${list.join('\n')}\n`;
}
