// checks/message: what DMARC makes of a message: whether SPF or DKIM speaks for the domain that people see in From.
import type { DKIMResult, DMARCResult } from 'mailauth';
import type { PolicyMaker } from '../policy/found.ts';
import type { Finding } from '../report.ts';
import type { SpfOfMessage } from './spfFinding.ts';

export interface DmarcOfMessage {
  readonly response: DMARCResult | false;
  /** Why there is no response. */
  readonly reason: string | undefined;
  /** The domain of From; '' when there is not one. */
  readonly author: string;
  readonly spf: SpfOfMessage;
  readonly dkim: readonly DKIMResult[];
}

const id = 'message-dmarc';
const source = 'RFC 9989 section 5.3';

export function dmarcFinding(message: DmarcOfMessage, make: PolicyMaker): Finding {
  const { response, author } = message;
  if (response === false) return noAuthor(message, make);
  const evidence = [
    make.text('Who speaks for the message', identities(message)),
    ...(response.rr === undefined ? [] : [make.text(`DMARC record of ${response.policyDomain ?? response.domain}`, response.rr)]),
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
        detail: `${means.join(' and ')} speaks for ${author}`,
        evidence,
        source,
      });
    }
    case 'none':
      return make.finding({
        id,
        level: 'advice',
        title: `No DMARC policy for ${author}`,
        detail: 'receivers judge the message by other means',
        evidence,
        remedies: [{ label: 'Publish', text: `_dmarc.${author}. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@${author}"` }],
        source,
      });
    case 'fail':
      return failed(message, response, evidence, make);
    default:
      return make.finding({ id, level: 'unknown', title: 'DMARC could not be judged', detail: 'a look-up failed', evidence, source });
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
    source: 'RFC 9989 section 5.3.1',
  });
}

/** Without SPF the verdict is not known: an unjudged SPF could have saved the message; neither could a signature whose key was not found out. */
function failed(message: DmarcOfMessage, response: DMARCResult, evidence: Finding['evidence'], make: PolicyMaker): Finding {
  const { author, spf, dkim } = message;
  const isOpen = spf.verdict === null || spf.verdict.result === 'temperror' || dkim.some(({ status }) => status.result === 'temperror');
  if (isOpen) {
    return make.finding({
      id,
      level: 'unknown',
      title: 'DMARC rests on SPF or a key that could not be judged',
      detail: `no DKIM signature that holds speaks for ${author}`,
      evidence,
      remedies: [{ label: 'To pass whatever way the message takes, have it signed with', text: `d=${author}` }],
      source,
    });
  }
  const follows =
    { none: 'receivers only report it', quarantine: 'receivers put it aside', reject: 'receivers refuse it' }[response.policy] ?? '';
  return make.finding({
    id,
    level: 'fail',
    title: 'DMARC fails',
    detail: `neither SPF nor DKIM speaks for ${author}; ${follows}`,
    reason: 'SPF or DKIM must pass, and for the domain that people see in From or one of the same organization.',
    evidence,
    remedies: [{ label: 'Have the message signed with', text: `d=${author}` }],
    source,
  });
}

function identities({ author, spf, dkim }: DmarcOfMessage): string {
  const sender = spf.verdict ? `SPF ${spf.verdict.result} for ${spf.verdict.domain}` : `SPF not judged: ${spf.why}`;
  const signers = dkim.slice(0, 10).filter(({ signingDomain }) => signingDomain !== undefined);
  return [
    `From: ${author}`,
    sender,
    ...signers.map(({ status, signingDomain }) => `DKIM ${status.result} for ${signingDomain ?? ''}`),
  ].join('\n');
}
