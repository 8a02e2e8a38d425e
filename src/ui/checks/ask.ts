// ui/checks: asks the person what a check is about, with what they have before them as the first answer, and says at once what cannot be understood.
import * as vscode from 'vscode';
import { type RecordType, recordTypes } from '../../checks/dns/port.ts';
import type { QuestionKind } from '../../checks/report.ts';
import type { ChecksBundle } from './bundle.ts';
import { textsAtCursor } from './editorText.ts';
import { askText } from './inputBox.ts';
import type { SignatureAtHand } from './mail.ts';
import { describeKind } from './strings.ts';

export type Understand = ChecksBundle['understand'];
export type Understood = ReturnType<Understand>;

/** What may be given with a command, from a key binding, a link or another extension. */
interface Given {
  readonly text: string;
  readonly options: Options;
}
type Options = Readonly<Record<string, string>>;

export interface Asking extends Pick<ChecksBundle, 'understand' | 'isLikelyHost'> {
  /** Of open and selected mails. */
  readonly signatures: () => Promise<readonly SignatureAtHand[]>;
  /** Of the mail in the active tab. */
  readonly sender: () => Promise<string | undefined>;
  /** That messages were last sent to, to prove relaying; '' for none. */
  readonly recipientDomain: () => string;
}

/** With these a subject alone can be judged. */
const exampleOptions: Readonly<Partial<Record<QuestionKind, Options>>> = {
  dns: { type: 'PTR' },
  dkim: { selector: 'k1' },
  relayProof: { recipientDomain: 'example.com' },
};

/** What is `given` (a text, or a text with options) is not asked for again. undefined: the person changed their mind. */
export async function askQuestion(kind: QuestionKind, given: unknown, asking: Asking): Promise<Understood | undefined> {
  const { understand } = asking;
  const example = exampleOptions[kind];
  if (isGiven(given) && Object.keys(example ?? {}).every((name) => name in given.options))
    return understand(kind, given.text, given.options);
  if (typeof given === 'string' && example === undefined) return understand(kind, given, {});
  const known = isGiven(given) ? given : { text: typeof given === 'string' ? given : undefined, options: {} };
  const text = known.text ?? (await askSubject(kind, asking));
  if (text === undefined) return undefined;
  const understood = understand(kind, text, example ?? {});
  if ('refusal' in understood) return understood;
  const options = await askOptions(kind, text, understood.question.subject, asking);
  return options && understand(kind, text, { ...known.options, ...options });
}

function isGiven(given: unknown): given is Given {
  if (typeof given !== 'object' || given === null || !('text' in given) || !('options' in given)) return false;
  const { text, options } = given;
  return (
    typeof text === 'string' &&
    typeof options === 'object' &&
    options !== null &&
    Object.values(options).every((option) => typeof option === 'string')
  );
}

/** Kinds with a second question. */
const twoSteps: readonly QuestionKind[] = ['server', 'relay', 'relayProof', 'dns', 'spf', 'dkim'];

async function askSubject(kind: QuestionKind, asking: Asking): Promise<string | undefined> {
  const refusalOf = (text: string): string | undefined => refusal(asking.understand(kind, text, exampleOptions[kind] ?? {}));
  return askText({
    title: describeKind(kind),
    ...promptOf(kind),
    value: await firstAnswer(kind, asking, (text) => refusalOf(text) === undefined),
    steps: twoSteps.includes(kind) ? [1, 2] : null,
    refusalOf,
    mayBeEmpty: false,
  });
}

/** What is selected or stands at the cursor; in a mail, who signed or sent it. '' where nothing fits. */
async function firstAnswer(kind: QuestionKind, asking: Asking, fits: (text: string) => boolean): Promise<string> {
  const found = textsAtCursor().find(({ text, isChosen }) => fits(text) && (isChosen || asking.isLikelyHost(text)));
  if (found || vscode.window.activeTextEditor) return found?.text ?? '';
  const signature = kind === 'dkim' ? (await asking.signatures())[0] : undefined;
  const sender = signature?.domain ?? (await asking.sender())?.replace(/^.*@/, '') ?? '';
  return sender !== '' && fits(sender) ? sender : '';
}

/** `subject`: as it was understood from `text`. undefined: the person changed their mind. */
async function askOptions(kind: QuestionKind, text: string, subject: string, asking: Asking): Promise<Options | undefined> {
  const { l10n } = vscode;
  const ask = async (name: string, mayBeEmpty: boolean, question: { prompt: string; placeHolder: string; value?: string }) => {
    const answer = await askText({
      title: `${describeKind(kind)}: ${subject}`,
      value: '',
      ...question,
      steps: [2, 2],
      refusalOf: (option) => refusal(asking.understand(kind, text, { [name]: option })),
      mayBeEmpty,
    });
    return answer === undefined ? undefined : answer === '' ? {} : { [name]: answer };
  };
  switch (kind) {
    case 'dns':
      return askType(text, subject, asking);
    case 'dkim': {
      const signatures = (await asking.signatures()).filter(({ domain }) => domain === subject);
      const [known] = signatures;
      const selectors = [...new Set(signatures.map(({ selector }) => selector))].join(', ');
      return ask('selector', false, {
        prompt: known
          ? l10n.t('Selector: what stands behind s= in a DKIM-Signature. Of the mail "{0}": {1}', known.title, selectors)
          : l10n.t('Selector: what stands behind s= in a DKIM-Signature'),
        placeHolder: 'k1',
        value: known?.selector ?? '',
      });
    }
    case 'spf':
      return ask('ip', true, {
        prompt: l10n.t('Address of a sending server: would it pass? May be left empty.'),
        placeHolder: '192.0.2.1',
      });
    case 'server':
    case 'relay':
      return ask('domain', true, {
        prompt: l10n.t(
          'A domain whose mail this server takes, to ask for its postmaster and for users that it has not. May be left empty.',
        ),
        placeHolder: 'example.com',
      });
    case 'relayProof':
      return ask('recipientDomain', false, {
        prompt: l10n.t(
          'A domain whose mail arrives at the Mailroom server of this window, because its MX or a route of the tested server leads there.',
        ),
        placeHolder: 'catch.example.com',
        value: asking.recipientDomain(),
      });
    default:
      return {};
  }
}

async function askType(text: string, subject: string, { understand }: Asking): Promise<Options | undefined> {
  const { l10n } = vscode;
  const possible = recordTypes.filter((type) => 'question' in understand('dns', text, { type }));
  const [only] = possible;
  // Of an IP address there is nothing else to ask for.
  if (possible.length === 1 && only !== undefined) return { type: only };
  const words: Readonly<Partial<Record<RecordType, string>>> = {
    A: l10n.t('IPv4 addresses'),
    AAAA: l10n.t('IPv6 addresses'),
    MX: l10n.t('servers that take the mail'),
    TXT: l10n.t('texts: SPF, DKIM, DMARC and others'),
    PTR: l10n.t('the name of an address'),
    SRV: l10n.t('where a service runs'),
    TLSA: l10n.t('certificates of a service (DANE)'),
    CAA: l10n.t('who may issue certificates'),
    NS: l10n.t('name servers'),
    SOA: l10n.t('start of the zone'),
    CNAME: l10n.t('another name for it'),
  };
  const chosen = await vscode.window.showQuickPick<vscode.QuickPickItem & { readonly label: RecordType }>(
    possible.map((label) => ({ label, description: words[label] ?? '' })),
    { title: `${describeKind('dns')}: ${subject}`, placeHolder: l10n.t('Which record?'), matchOnDescription: true },
  );
  return chosen && { type: chosen.label };
}

function promptOf(kind: QuestionKind): { readonly prompt: string; readonly placeHolder: string } {
  const { l10n } = vscode;
  switch (kind) {
    case 'server':
    case 'relay':
    case 'relayProof':
      return { prompt: l10n.t('A server and its port; 25 when none is named'), placeHolder: 'mx1.example.com:25' };
    case 'reverseDns':
      return { prompt: l10n.t('An IP address'), placeHolder: '192.0.2.1' };
    case 'blocklists':
      return { prompt: l10n.t('An IP address, or the name of a server'), placeHolder: '192.0.2.1' };
    case 'dns':
      return { prompt: l10n.t('A name, or an IP address for its PTR record'), placeHolder: 'example.com' };
    default:
      return { prompt: l10n.t('A domain, or an address in it'), placeHolder: 'example.com' };
  }
}

function refusal(understood: Understood): string | undefined {
  return 'refusal' in understood ? understood.refusal : undefined;
}
