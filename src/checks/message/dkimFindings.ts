// checks/message: what became of each DKIM signature of a message, and what to do about one that does not hold.
import type { DKIMResult } from 'mailauth';
import type { PolicyMaker } from '../policy/found.ts';
import type { Finding, Level, Remedy } from '../report.ts';

/** Of more signatures only these are told. */
const maxTold = 10;

/** `author`: the domain of From; '' when there is not one. */
export function dkimFindings(results: readonly DKIMResult[], author: string, make: PolicyMaker): Finding[] {
  if (results.every(({ status }) => status.result === 'none')) {
    return [
      make.finding({
        id: 'message-dkim-none',
        level: 'warn',
        title: 'The message is not signed',
        detail: 'it has no DKIM signature',
        reason: 'Without a signature nothing survives forwarding, and large mailbox providers want one.',
        remedies: [
          {
            label: 'Have the server that sends sign',
            text: `DKIM-Signature: v=1; a=rsa-sha256; d=${author || '<domain of From>'}; s=<selector>; …`,
          },
        ],
        source: 'RFC 6376 section 3.5',
      }),
    ];
  }
  return results.slice(0, maxTold).flatMap((result) => judge(result, make));
}

interface Words {
  readonly level: Level;
  readonly title: string;
  readonly reason: string;
  readonly remedies: readonly Remedy[];
}

function judge(result: DKIMResult, make: PolicyMaker): Finding[] {
  const signer = `d=${result.signingDomain ?? ''} s=${result.selector ?? ''}`;
  const { level, title, reason, remedies } = wordsFor(result);
  const { comment } = result.status;
  const main = make.finding({
    id: 'message-dkim',
    level,
    title,
    detail: comment ? `${signer}: ${comment}` : signer,
    reason,
    evidence: evidenceOf(result, make),
    remedies,
    source: 'RFC 6376 section 6.1',
  });
  return [main, ...(result.status.result === 'pass' ? judgeCover(result, signer, make) : [])];
}

function evidenceOf(result: DKIMResult, make: PolicyMaker): Finding['evidence'] {
  const facts = [
    `algorithm ${result.algo ?? 'not named'}, canonicalization ${result.format ?? 'simple/simple'}`,
    `signed header fields ${result.signingHeaders?.keys ?? 'none'}`,
    ...(result.modulusLength ? [`key of ${result.modulusLength} bits`] : []),
    ...(result.signTime ? [`signed on ${result.signTime}`] : []),
    ...(result.expiresAfter ? [`holds until ${result.expiresAfter}`] : []),
    ...(result.bodyHashExpecting && result.bodyHash !== result.bodyHashExpecting
      ? [`body hash in the signature ${result.bodyHashExpecting}`, `body hash of the message   ${result.bodyHash ?? 'not computed'}`]
      : []),
  ];
  const name = `${result.selector ?? ''}._domainkey.${result.signingDomain ?? ''}`;
  return [make.text('The signature', facts.join('\n')), ...(result.rr === undefined ? [] : [make.text(`DKIM key at ${name}`, result.rr)])];
}

function wordsFor({ status, signingDomain, selector }: DKIMResult): Words {
  const comment = status.comment ?? '';
  const none: readonly Remedy[] = [];
  if (status.result === 'pass') return { level: 'pass', title: 'A DKIM signature holds', reason: '', remedies: none };
  if (status.result === 'temperror')
    return { level: 'unknown', title: 'A DKIM signature could not be verified', reason: 'Its key could not be looked up.', remedies: none };
  const broken = 'A DKIM signature does not hold';
  if (/body hash/i.test(comment)) {
    return {
      level: 'fail',
      title: 'The body was changed after it was signed',
      reason: 'Footers of mailing lists, virus scanners and changed line endings do that.',
      remedies: [{ label: 'Sign last, after everything that changes the message, with', text: 'c=relaxed/relaxed' }],
    };
  }
  if (status.result === 'fail') {
    return {
      level: 'fail',
      title: broken,
      reason: 'A signed header field was changed on the way, or the published key is not that of the signer.',
      remedies: [
        {
          label: 'Compare the public key of the signer with the published one',
          text: `${selector ?? ''}._domainkey.${signingDomain ?? ''}`,
        },
      ],
    };
  }
  if (comment === 'expired' || comment === 'invalid expiration') {
    return {
      level: 'fail',
      title: 'A DKIM signature has expired',
      reason: 'It is right, but its "x=" says that it held until then. A mail that waits in a queue for longer fails.',
      remedies: [{ label: 'Sign without, or for a week at least', text: 'x=' }],
    };
  }
  if (status.result === 'policy')
    return {
      level: 'fail',
      title: broken,
      reason: 'Its key or its algorithm is too weak to be trusted (RFC 8301).',
      remedies: [{ label: 'Make a new key under a new selector, publish it, and sign with', text: 'a=rsa-sha256, a key of 2048 bits' }],
    };
  if (/no key/i.test(comment)) {
    return {
      level: 'fail',
      title: 'The key of a DKIM signature is missing',
      reason: 'Nothing is published under the selector, so the signature counts for nothing.',
      remedies: [
        {
          label: 'Publish the public key of the signer',
          text: `${selector ?? ''}._domainkey.${signingDomain ?? ''}. IN TXT "v=DKIM1; k=rsa; p=<base64>"`,
        },
      ],
    };
  }
  return {
    level: 'fail',
    title: broken,
    reason: 'Receivers treat the message as if this signature were not there.',
    remedies: selector
      ? [{ label: 'Look at the key with Check DKIM Selector', text: `${selector}._domainkey.${signingDomain ?? ''}` }]
      : none,
  };
}

const worthSigning = ['subject', 'date', 'to'];

/** What a signature that holds leaves open. */
function judgeCover(result: DKIMResult, signer: string, make: PolicyMaker): Finding[] {
  const findings: Finding[] = [];
  if (result.status.underSized) {
    findings.push(
      make.finding({
        id: 'message-dkim-length',
        level: 'warn',
        title: `${result.status.underSized} octets of the body are not signed`,
        detail: `${signer}: the signature has "l="`,
        reason: 'Whoever forwards the message can add text that looks signed.',
        remedies: [{ label: 'Sign without', text: 'l=' }],
        source: 'RFC 6376 section 8.2',
      }),
    );
  }
  const signed = (result.signingHeaders?.keys ?? '')
    .toLowerCase()
    .split(':')
    .map((key) => key.trim());
  const missing = worthSigning.filter((name) => !signed.includes(name));
  if (missing.length > 0) {
    findings.push(
      make.finding({
        id: 'message-dkim-headers',
        level: 'advice',
        title: 'Header fields that people see are not signed',
        detail: `${signer}: ${missing.join(', ')}`,
        reason: 'They can be changed, or added, without breaking the signature.',
        remedies: [
          { label: 'Have the signer sign at least', text: 'h=From:To:Cc:Subject:Date:Message-ID:Reply-To:MIME-Version:Content-Type' },
        ],
        source: 'RFC 6376 section 5.4.1',
      }),
    );
  }
  if (result.status.testing) {
    findings.push(
      make.finding({
        id: 'message-dkim-testing',
        level: 'info',
        title: 'The DKIM key says that it is a test',
        detail: signer,
        reason: 'Should the signature break, receivers treat the message as not signed.',
        source: 'RFC 6376 section 3.6.1',
      }),
    );
  }
  return findings;
}
