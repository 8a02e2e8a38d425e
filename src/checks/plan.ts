// checks: which checks answer which kind of question. Those that need nothing of each other run side by side.
import { isIP } from 'node:net';
import { checkHostAddresses, judgeAddresses } from './addresses/hostAddresses.ts';
import { checkReverse } from './addresses/reverse.ts';
import type { Check, CheckRun } from './checkRun.ts';
import { type RecordType, recordTypes } from './dns/port.ts';
import { unreachableWords } from './dns/resolver.ts';
import { answerEvidence, finding } from './finding.ts';
import { checkRecord } from './lookups/record.ts';
import { checkMessage } from './message/checkMessage.ts';
import { checkBimi } from './policy/bimi.ts';
import { checkBlocklists } from './policy/blocklists.ts';
import { checkCaa } from './policy/caa.ts';
import { checkClientSettings } from './policy/clientSettings.ts';
import { checkDkim } from './policy/dkim.ts';
import { checkDkimPresence } from './policy/dkimPresence.ts';
import { checkDmarc } from './policy/dmarc.ts';
import { checkMtaSts } from './policy/mtaSts.ts';
import { checkParked } from './policy/parked.ts';
import { httpsPolicyHost } from './policy/policyHost.ts';
import { checkSpf } from './policy/spf.ts';
import { checkSpfOfHosts } from './policy/spfOfHosts.ts';
import { checkTlsRpt } from './policy/tlsRpt.ts';
import { proveRelaying, testRelay } from './relay/questions.ts';
import type { Finding, Group, Question, QuestionKind } from './report.ts';
import type { MailHost } from './routing/hosts.ts';
import { checkNameServers } from './routing/nameServers.ts';
import { checkRouting } from './routing/routing.ts';
import type { RunPorts } from './run.ts';
import { checkServers } from './serverChecks.ts';
import { addressesOf, isThisMachine, splitServer } from './servers.ts';
import { judgeUnderMtaSts } from './tls/senderPolicies.ts';

/** RFC 5321 section 2.3.10: where mail goes from server to server. */
const smtpPort = 25;

type Plan = (question: Question, run: CheckRun, ports: RunPorts) => Promise<unknown>;

const plans: Readonly<Record<QuestionKind, Plan>> = {
  domain: checkDomain,
  server: checkOneServer,
  relay: testRelay,
  relayProof: proveRelaying,
  mx: ({ subject }, run) => run.all([routingCheck(subject, () => {}), nameServersCheck(subject)]),
  dns: ({ subject, options }, run) =>
    run.all([check('routing', subject, 'DNS record', (context) => checkRecord(subject, recordTypeOf(options['type']), context))]),
  reverseDns: ({ subject }, run) =>
    run.all([check('addresses', subject, 'Reverse DNS', async (context) => (await checkReverse({ address: subject }, context)).findings)]),
  spf: ({ subject, options: { ip } }, run) => run.all([spfCheck(subject, ip)]),
  dkim: ({ subject, options: { selector } }, run) =>
    run.all([check('policy', subject, 'DKIM', (context) => checkDkim(subject, selector ?? '', context))]),
  dmarc: ({ subject }, run) => run.all([dmarcCheck(subject)]),
  mtaSts: checkTransport,
  blocklists: ({ subject }, run, { blocklists }) =>
    run.all([
      check('policy', subject, 'Blocklists', async (context) => checkBlocklists(await addressesOf(subject, context), blocklists, context)),
    ]),
  message: (_, run, { message }) =>
    run.all([
      {
        group: 'message',
        title: 'Message',
        target: {},
        run: async (context) => (message ? checkMessage(message.bytes, message.delivery, context) : []),
      },
    ]),
};

/** Resolves when everything is told to `run`. */
export async function carryOut(question: Question, run: CheckRun, ports: RunPorts): Promise<void> {
  const unreachable = await unreachableServer(question, run);
  if (unreachable) run.context.report(unreachable);
  else await plans[question.kind](question, run, ports);
}

/** What is asked of the subject first; the answer is in the cache of the run. Other kinds can do without name servers. */
const firstAsked: Readonly<Partial<Record<QuestionKind, RecordType>>> = {
  domain: 'MX',
  mx: 'MX',
  spf: 'TXT',
  dkim: 'TXT',
  dmarc: 'TXT',
  mtaSts: 'MX',
};

/** With no way to any name server there is one thing to say, not one for each record. */
async function unreachableServer({ kind, subject }: Question, { context }: CheckRun): Promise<Finding | null> {
  const type = firstAsked[kind];
  if (type === undefined || context.signal.aborted) return null;
  const { dns, signal } = context;
  const answer = await dns.lookUp(subject, type, signal);
  if (answer.outcome !== 'failed' || !answer.problem?.startsWith(unreachableWords)) return null;
  const names = dns.servers.join(' nor ');
  const title = dns.servers.length === 1 ? `The name server ${names} cannot be reached` : `No name server can be reached: neither ${names}`;
  return finding({
    id: 'dns-unreachable',
    group: 'routing',
    level: 'unknown',
    title,
    detail: `so nothing about ${subject} was found out`,
    reason: `${answer.problem}. The setting mailroom.checks.dnsServers names the servers that are asked; without it, those of the system are.`,
    evidence: [answerEvidence(answer)],
    target: { domain: subject },
    ms: answer.ms,
  });
}

async function checkDomain({ subject, options: { recipient } }: Question, run: CheckRun, ports: RunPorts): Promise<void> {
  const policies = run.all([
    nameServersCheck(subject),
    spfCheck(subject),
    dmarcCheck(subject),
    check('policy', subject, 'DKIM', (context) => checkDkimPresence(subject, context)),
    check('policy', subject, 'TLS reporting', (context) => checkTlsRpt(subject, context)),
    check('policy', subject, 'BIMI', (context) => checkBimi(subject, context)),
    check('policy', subject, 'A domain without mail', (context) => checkParked(subject, context)),
    check('policy', subject, 'Settings of mail programs', (context) => checkClientSettings(subject, context)),
  ]);
  // Their places are kept from the beginning on: what stands below does not move when the names are known.
  const waiting = (['addresses', 'smtp', 'tls'] as const).map((group) =>
    run.context.announce({ group, title: 'Mail servers', target: { domain: subject }, detail: 'when their names are known' }),
  );
  const known = Promise.withResolvers<readonly MailHost[] | null>();
  const routing = run.all([routingCheck(subject, known.resolve)]).then(() => known.resolve(null));
  const found = await known.promise;
  const hosts = found ?? [];
  // That a host has no address, or that nobody told it, routing says: it knows whether another one takes the mail.
  const reachable = hosts.filter(({ addresses }) => addresses.length > 0);
  for (const each of reachable.flatMap(judgeAddresses)) run.context.report(each);
  const port = (ports.isLab ? ports.labPort : undefined) ?? smtpPort;
  const places = hosts.flatMap(({ host, addresses }) =>
    addresses.map((address) => ({ host, address, port, domain: subject, isNamedByOthers: true, ...optional({ recipient }) })),
  );
  if (places.length === 0) run.context.report(noServers(subject, hosts));
  const mxHosts = found === null ? null : hosts.filter(({ preference }) => preference !== null).map(({ host }) => host);
  const addresses = places.map(({ address }) => address);
  const lists = check('policy', subject, 'Blocklists', (context) => checkBlocklists(addresses, ports.blocklists, context));
  const servers = checkServers(places, run);
  for (const each of waiting) each.end();
  const [seen, [policy = []]] = await Promise.all([
    servers,
    run.all([mtaStsCheck(subject, mxHosts), ...(places.length > 0 ? factChecks(subject, hosts) : [])]),
    policies,
    routing,
    run.all(ports.blocklists.length > 0 && places.length > 0 ? [lists] : []),
  ]);
  for (const each of judgeUnderMtaSts(policy, seen)) run.context.report(each);
}

/** About hosts that have addresses. */
function factChecks(domain: string, hosts: readonly MailHost[]): readonly Check[] {
  const known = hosts.filter(({ addresses }) => addresses.length > 0);
  const names = known.map(({ host }) => host);
  const addresses = known.flatMap(({ host, addresses: all }) => all.map((address) => ({ host, address })));
  return [
    check('policy', domain, 'Certificate authorities', (context) => checkCaa(domain, names, context)),
    check('policy', domain, 'SPF of the MX hosts', (context) => checkSpfOfHosts(domain, addresses, context)),
  ];
}

function noServers(domain: string, hosts: readonly MailHost[]): Finding {
  return finding({
    id: 'servers-none',
    group: 'smtp',
    level: 'skipped',
    title: 'No mail server was asked',
    detail: hosts.length === 0 ? 'no host takes mail of the domain, or none is known' : 'no address of the hosts is known',
    target: { domain },
  });
}

async function checkOneServer({ subject, options: { domain, recipient } }: Question, run: CheckRun): Promise<void> {
  const { host, port } = splitServer(subject);
  const isKnown = isIP(host) !== 0 || isThisMachine(host);
  let addresses = isKnown ? await addressesOf(host, run.context) : [];
  if (!isKnown)
    await run.all([
      check('addresses', host, 'Addresses', async (context) => {
        const found = await checkHostAddresses(host, context);
        addresses = found.host.addresses;
        return found.findings;
      }),
    ]);
  await checkServers(
    addresses.map((address) => ({ host, address, port, isNamedByOthers: false, ...optional({ domain, recipient }) })),
    run,
  );
}

async function checkTransport({ subject }: Question, run: CheckRun): Promise<void> {
  const reporting = run.all([check('policy', subject, 'TLS reporting', (context) => checkTlsRpt(subject, context))]);
  const { hosts } = await checkRouting(subject, run.context);
  const mxHosts = hosts.filter(({ preference }) => preference !== null).map(({ host }) => host);
  await Promise.all([reporting, run.all([mtaStsCheck(subject, mxHosts)])]);
}

function routingCheck(domain: string, onHosts: (hosts: readonly MailHost[]) => void): Check {
  return check('routing', domain, 'Routing', async (context) => (await checkRouting(domain, context, onHosts)).findings);
}

function nameServersCheck(domain: string): Check {
  return check('routing', domain, 'Name servers', (context) => checkNameServers(domain, context));
}

function spfCheck(domain: string, ip?: string): Check {
  return check('policy', domain, 'SPF', (context) => checkSpf(domain, context, ip === undefined ? {} : { ip }));
}

function dmarcCheck(domain: string): Check {
  return check('policy', domain, 'DMARC', (context) => checkDmarc(domain, context));
}

function mtaStsCheck(domain: string, mxHosts: readonly string[] | null): Check {
  return check('policy', domain, 'MTA-STS', (context) => checkMtaSts(domain, mxHosts, context, httpsPolicyHost()));
}

function check(group: Group, domain: string, title: string, run: Check['run']): Check {
  return { group, title, target: { domain }, run };
}

function recordTypeOf(text: string | undefined): RecordType {
  return recordTypes.find((type) => type === text) ?? 'A';
}

/** What was not said is left out. */
function optional(given: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
