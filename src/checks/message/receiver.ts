// checks/message: the sentence about a whole message: what a receiver would do with it.
import type { Finding } from '../report.ts';
import { consequences } from './dmarcFinding.ts';

/** Made from the findings about one message; null where they do not say. */
export function receiverSentence(findings: readonly Finding[]): string | null {
  const of = (id: string): Finding | undefined => findings.find((each) => each.id === id);
  const from = of('message-from');
  if (from) return `A receiver may refuse it: ${from.title}, so nothing can vouch for it`;
  const dmarc = of('message-dmarc');
  if (!dmarc) return null;
  const spf = of('message-spf');
  switch (dmarc.level) {
    case 'pass':
      return `A receiver would accept it: DMARC passes, ${dmarc.detail}${beside(findings)}`;
    case 'fail':
      return `${whatHappens(dmarc.detail)}: DMARC fails, ${dmarc.detail.replace(/; [^;]*$/, '')}`;
    case 'unknown': {
      const otherwise = whatHappens(dmarc.reason.replace(/\.$/, '')).replace(/^A receiver would /, '');
      if (spf?.level === 'skipped') return `A receiver would accept it if the server that sends it passes SPF, and otherwise ${otherwise}`;
      return 'Not known: a look-up that DMARC rests on failed';
    }
    case 'warn':
      return `A receiver would probably refuse it: ${lower(dmarc.title)} in the DNS`;
    default:
      return spf?.level === 'fail'
        ? `A receiver may refuse it: ${spf.title}, and ${lower(dmarc.title)}`
        : `A receiver would accept it or put it aside by its content: ${lower(dmarc.title)}${beside(findings)}`;
  }
}

/** By the consequence that a text of the DMARC finding ends with. */
function whatHappens(text: string): string {
  if (text.endsWith(consequences.reject)) return 'A receiver would refuse it';
  if (text.endsWith(consequences.quarantine)) return 'A receiver would put it aside (quarantine)';
  return 'A receiver would accept it all the same';
}

/** What is wrong all the same. */
function beside(findings: readonly Finding[]): string {
  const wrong = findings
    .filter(({ id, level }) => id !== 'message-dmarc' && (level === 'fail' || level === 'warn'))
    .map(({ title }) => lower(title));
  return wrong.length === 0 ? '' : `; but ${[...new Set(wrong)].slice(0, 2).join(', and ')}`;
}

/** Names in capitals keep them. */
function lower(title: string): string {
  return /^[A-Z](?:[a-z]| )/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
