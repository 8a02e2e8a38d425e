// checks: the questions about relaying: from the server that the person named to the one address that is asked.
import { Failure } from '../../base/failure.ts';
import type { Check, CheckRun } from '../checkRun.ts';
import { finding } from '../finding.ts';
import { understand } from '../question.ts';
import type { Finding, Question, Transcript } from '../report.ts';
import type { RunPorts } from '../run.ts';
import { isImplicitTls } from '../serverChecks.ts';
import { addressesOf, splitServer } from '../servers.ts';
import { proveRelay } from './proof.ts';
import { checkRelay, type RelaySubject } from './relay.ts';

/** What is asked of one address. */
interface Outcome {
  readonly findings: readonly Finding[];
  readonly transcript: Transcript;
  readonly probedFrom: string | null;
}

/** Rejects with 'badForeignDomain' when the settings name something that is no domain. */
export async function testRelay({ subject, options: { domain } }: Question, run: CheckRun, ports: RunPorts): Promise<void> {
  const foreignDomain = readForeignDomain(ports.foreignDomain);
  await run.all([
    serverCheck(subject, 'Relay tests', run, (server, context) =>
      checkRelay({ ...server, foreignDomain, ...(domain === undefined ? {} : { domain }) }, context),
    ),
  ]);
}

/** `recipientDomain`: whose mail arrives in the drop folder. `tests`: ids that were accepted before, with commas. */
export async function proveRelaying(
  { subject, options: { domain, recipientDomain = '', tests } }: Question,
  run: CheckRun,
  ports: RunPorts,
): Promise<void> {
  const more = { foreignDomain: recipientDomain, tests: tests?.split(','), ...(domain === undefined ? {} : { domain }) };
  await run.all([
    serverCheck(subject, 'Proof by delivery', run, (server, context) =>
      proveRelay({ ...server, ...more }, ports.deliveries ?? null, context),
    ),
  ]);
}

type Ask = (server: Omit<RelaySubject, 'foreignDomain'>, context: CheckRun['context']) => Promise<Outcome>;

function serverCheck(subject: string, title: string, run: CheckRun, ask: Ask): Check {
  const { host, port } = splitServer(subject);
  const target = { host, port };
  return {
    group: 'relay',
    title,
    target,
    run: async (context) => {
      // One address: the others are mostly the same server, and no stranger is to be asked more often than needed.
      const [address, ...otherAddresses] = await addressesOf(host, context);
      if (address === undefined) {
        const why = { title: `${host} has no address`, detail: 'or no name server told it: nothing was tested' };
        return [finding({ id: 'relay-no-address', group: 'relay', level: 'unknown', target, ...why })];
      }
      const { findings, transcript, probedFrom } = await ask(
        { host, address, port, implicitTls: isImplicitTls(port), otherAddresses },
        context,
      );
      run.transcripts.push(transcript);
      if (probedFrom !== null) run.probedFrom.add(probedFrom);
      return findings;
    },
  };
}

function readForeignDomain(written: string): string {
  const understood = understand('mx', written);
  if ('question' in understood) return understood.question.subject;
  throw new Failure('badForeignDomain', `"${written.slice(0, 100)}" in mailroom.checks.foreignDomain is no domain: ${understood.refusal}`);
}
