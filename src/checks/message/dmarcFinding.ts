// checks/message: what DMARC makes of a message: whether SPF or DKIM speaks for the domain that people see in From.
import type { DKIMResult, DMARCResult } from 'mailauth';
import type { DnsAnswer } from '../dns/port.ts';
import type { PolicyMaker } from '../policy/found.ts';
import { txtLine } from '../policy/records.ts';
import type { Finding, Remedy } from '../report.ts';
import { alignmentWords, type Identity, showIdentities } from './alignment.ts';
import type { SpfOfMessage } from './spfFinding.ts';

export interface DmarcOfMessage {
  readonly response: DMARCResult | false;
  /** Why there is no response. */
  readonly reason: string | undefined;
  /** The domain of From; '' when there is not one. */
  readonly author: string;
  readonly spf: SpfOfMessage;
  readonly dkim: readonly DKIMResult[];
  readonly identities: readonly Identity[];
  /** Where the policy was looked for. */
  readonly answers: readonly DnsAnswer[];
  /** There is no such domain as `author`. */
  readonly isMissing: boolean;
}

const id = 'message-dmarc';
const source = 'RFC 9989 section 5.3';

export function dmarcFinding(message: DmarcOfMessage, make: PolicyMaker): Finding {
  const { response, author, spf, identities } = message;
  if (response === false) return noAuthor(message, make);
  const evidence = [
    make.text('Who speaks for the message', showIdentities(author, identities, spf)),
    ...message.answers.map((answer) => make.answer(answer)),
  ];
  switch (response.status.result) {
    case 'pass': {
      const means = [
        ...(response.alignment.dkim.result ? [`DKIM of ${response.alignment.dkim.result}`] : []),
        ...(response.alignment.spf.result ? [`SPF of ${response.alignment.spf.result}`] : []),
      ];
      return make.finding({
        id,
        level: 'pass',
        title: 'DMARC passes',
        detail: `${means.join(' and ')} ${means.length === 1 ? 'speaks' : 'speak'} for ${author}`,
        evidence,
        source,
      });
    }
    case 'none':
      if (message.isMissing)
        return make.finding({
          id,
          level: 'warn',
          title: `There is no domain ${author}`,
          detail: 'so nothing vouches for the message: neither SPF nor DKIM nor DMARC',
          reason:
            'Many receivers refuse mail from a domain that is not in the DNS. A name that is only for tests never leaves the machine.',
          evidence,
          source,
        });
      return make.finding({
        id,
        level: 'advice',
        title: `No DMARC policy for ${author}`,
        detail: 'receivers judge the message by other means',
        reason: 'Nothing keeps others from writing this domain into From. Large mailbox providers want a policy of bulk senders.',
        evidence,
        remedies: [{ label: 'Publish', text: txtLine(`_dmarc.${author}`, `v=DMARC1; p=none; rua=mailto:dmarc@${author}`) }],
        source,
      });
    case 'fail':
      return failed(message, response, evidence, make);
    default:
      return make.finding({
        id,
        level: 'unknown',
        title: 'DMARC could not be judged',
        detail: 'a look-up failed',
        reason: 'A receiver would put the message off, or go on without DMARC.',
        evidence,
        source,
      });
  }
}

function noAuthor({ reason }: DmarcOfMessage, make: PolicyMaker): Finding {
  const many = reason === 'multiple-author-domains' || reason === 'multiple-from-fields';
  return make.finding({
    id: 'message-from',
    level: 'fail',
    title: many ? 'From names more than one domain' : 'From names no domain',
    detail: 'so DMARC cannot be judged',
    reason: 'Receivers may refuse such a message: which of the names people see would not be told by the checks.',
    remedies: [{ label: 'Have exactly one field with one address, such as', text: 'From: Ann <ann@example.com>' }],
    source: 'RFC 9989 section 5.3.1',
  });
}

/** Without SPF the verdict is not known: an unjudged SPF could have saved the message; neither could a signature whose key was not found out. */
function failed(message: DmarcOfMessage, response: DMARCResult, evidence: Finding['evidence'], make: PolicyMaker): Finding {
  const { author, spf, dkim, identities } = message;
  const isOpen = spf.verdict === null || spf.verdict.result === 'temperror' || dkim.some(({ status }) => status.result === 'temperror');
  if (isOpen) {
    return make.finding({
      id,
      level: 'unknown',
      title: 'DMARC rests on SPF or a key that could not be judged',
      detail: `no DKIM signature that holds speaks for ${author}`,
      reason: `If SPF does not pass for ${author} where the message is sent from in the end, ${consequence(response)}.`,
      evidence,
      remedies: [signAs(author, 'To pass whatever way the message takes, have it signed with')],
      source,
    });
  }
  const near = identities.find(({ alignment }) => alignment === 'strict') ?? identities.find(({ alignment }) => alignment === 'other');
  return make.finding({
    id,
    level: 'fail',
    title: 'DMARC fails',
    detail: near?.alignment
      ? `${near.by} of ${near.domain} passes, but ${near.alignment === 'strict' ? alignmentWords('strict', near.by, author).replace(/^does not: /, '') : `does not speak for ${author}`}; ${consequence(response)}`
      : `neither SPF nor DKIM passes for ${author}; ${consequence(response)}`,
    reason: 'SPF or DKIM must pass, and for the domain that people see in From or one of the same organization.',
    evidence,
    remedies: [
      signAs(author, 'Have the message signed with'),
      {
        label: 'Or send it with an envelope sender of the domain, from a server that its SPF record names',
        text: `MAIL FROM:<bounces@${author}>`,
      },
    ],
    source,
  });
}

/** What a message that fails meets, by the policy of its domain. */
export const consequences = {
  none: 'receivers only report it',
  quarantine: 'receivers put it aside',
  reject: 'receivers refuse it',
} as const;

function consequence({ policy }: DMARCResult): string {
  return policy === 'none' || policy === 'quarantine' || policy === 'reject' ? consequences[policy] : 'nobody is told what to do';
}

function signAs(author: string, label: string): Remedy {
  return { label, text: `d=${author}` };
}
