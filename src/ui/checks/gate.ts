// ui/checks: what has to be so before a check may begin, and the sentence that says what is not. Without `vscode`, so that each case can be tried.
import type { ServerAddress } from '../../checks/dns/serverAddress.ts';
import type { Question, QuestionKind } from '../../checks/report.ts';
import { settingIds } from '../ids.ts';
import type { Localizer } from '../l10n.ts';
import type { Action, Notify } from '../notify.ts';
import type { Settings } from '../settings.ts';
import { type ConsentDependencies, type ConsentRules, createRelayConsent } from './relayConsent.ts';

export interface GateDependencies {
  readonly isTrusted: () => boolean;
  readonly settings: () => Pick<Settings, 'checksDnsServers' | 'checksBlocklists'>;
  readonly notify: Pick<Notify, 'tell' | 'confirm'>;
  readonly manageTrust: Action;
  readonly openSetting: (id: string) => Action;
  readonly memory: ConsentDependencies['memory'];
  readonly l10n: Localizer;
  readonly loadRules: () => Promise<ConsentRules & { parseServerAddress(text: string): ServerAddress | undefined }>;
}

export interface Gate {
  /** Before anything is asked: false, and the person knows why, where a check of that kind could not be made. */
  mayAsk(kind: QuestionKind): Promise<boolean>;
  mayRun(question: Question): Promise<boolean>;
}

export function createGate({ isTrusted, settings, notify, manageTrust, openSetting, memory, l10n, loadRules }: GateDependencies): Gate {
  const mayAsk = async (kind: QuestionKind): Promise<boolean> => {
    if (!isTrusted()) {
      notify.tell('information', l10n.t('In a restricted workspace Mailroom does not talk to servers.'), manageTrust);
      return false;
    }
    const { checksDnsServers, checksBlocklists } = settings();
    const { parseServerAddress } = await loadRules();
    const wrong = checksDnsServers.find((text) => parseServerAddress(text) === undefined);
    if (wrong !== undefined) {
      const text = l10n.t(
        'Mailroom asks no name server, because one in the settings is wrong: "{0}" is no IP address. 192.0.2.53 is one, or with a port 127.0.0.1:5353.',
        wrong.slice(0, 100),
      );
      notify.tell('error', text, openSetting(settingIds.checksDnsServers));
      return false;
    }
    if (kind === 'blocklists' && checksBlocklists.length === 0) {
      const text = l10n.t(
        'No blocklist is named in the settings yet. None is asked by default: whoever runs one learns which addresses you check.',
      );
      notify.tell('information', text, openSetting(settingIds.checksBlocklists));
      return false;
    }
    return true;
  };

  const mayAskServer = createRelayConsent({ notify, memory, l10n, loadRules });

  return {
    mayAsk,
    mayRun: async (question) => (await mayAsk(question.kind)) && mayAskServer(question),
  };
}
