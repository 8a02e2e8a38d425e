// ui/checks: asks before strangers are tested for open relay, who may take it for an attack, and before any message is sent. Without `vscode`, so that
// each case can be tried.
import type { Question } from '../../checks/report.ts';
import type { Localizer } from '../l10n.ts';
import type { Notify } from '../notify.ts';

/** In the memory of all windows: hosts that the person agreed to test. */
const testedHosts = 'checks.agreedRelayHosts';
/** Likewise, hosts of this machine or a private network through which a message may be sent. */
const provenHosts = 'checks.agreedProofHosts';
const mostAgreed = 200;

export interface ConsentDependencies {
  readonly notify: Pick<Notify, 'confirm'>;
  readonly memory: { get<T>(key: string, otherwise: T): T; update(key: string, value: unknown): Thenable<void> };
  readonly l10n: Localizer;
  readonly loadRules: () => Promise<ConsentRules>;
}

export interface ConsentRules {
  isNearby(server: string): boolean;
  splitServer(server: string): { readonly host: string };
  mostRelayTests(hasDomain: boolean): number;
  readonly mostProofs: number;
}

/**
 * Answers whether a question about relaying may be asked. What is agreed to is a host as the person named it, whatever the port: that it is theirs
 * to test is true of the machine. The addresses of a name do not count, because whoever owns it moves it.
 */
export function createRelayConsent({ notify, memory, l10n, loadRules }: ConsentDependencies): (question: Question) => Promise<boolean> {
  const isAgreed = (key: string, host: string): boolean => memory.get<readonly string[]>(key, []).includes(host);
  const remember = async (key: string, host: string): Promise<void> => {
    await memory.update(key, [host, ...memory.get<readonly string[]>(key, [])].slice(0, mostAgreed));
  };

  const mayTest = async ({ subject, options }: Question): Promise<boolean> => {
    const { isNearby, splitServer, mostRelayTests } = await loadRules();
    const { host } = splitServer(subject);
    if (isNearby(subject) || isAgreed(testedHosts, host)) return true;
    const text = l10n.t('Test {0} for open relay?', subject);
    const detail = l10n.t(
      'Mailroom asks the server up to {0} relay tests, each with a sender and a recipient, and two questions about users of its own. It never sends a mail. The server may log this, slow down or block your address. Test only servers that you are responsible for. You will not be asked again for {1}.',
      mostRelayTests(options['domain'] !== undefined),
      host,
    );
    if (!(await notify.confirm(text, detail, l10n.t('Test')))) return false;
    await remember(testedHosts, host);
    return true;
  };

  /** Of strangers it is asked each time: a message leaves this machine. */
  const mayProve = async ({ subject, options }: Question): Promise<boolean> => {
    const { isNearby, splitServer, mostRelayTests, mostProofs } = await loadRules();
    const { host } = splitServer(subject);
    const isNear = isNearby(subject);
    if (isNear && isAgreed(provenHosts, host)) return true;
    const text = l10n.t('Send a message through {0}?', subject);
    const sends = l10n.t(
      'Mailroom sends up to {0} short messages through the server, to random users of {1}, and waits for them in the drop folder.',
      mostProofs,
      options['recipientDomain'] ?? '',
    );
    const asks =
      options['tests'] === undefined
        ? l10n.t('Before that it asks the {0} relay tests.', mostRelayTests(options['domain'] !== undefined))
        : '';
    const warns = l10n.t('Do this only with servers that you are responsible for.');
    if (!(await notify.confirm(text, [sends, asks, warns].filter((each) => each !== '').join(' '), l10n.t('Send')))) return false;
    if (isNear) await remember(provenHosts, host);
    return true;
  };

  return async (question) => {
    if (question.kind === 'relay') return mayTest(question);
    return question.kind === 'relayProof' ? mayProve(question) : true;
  };
}
