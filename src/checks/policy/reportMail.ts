// checks/policy: whether the domain that reports are addressed to can take mail at all: reports that bounce are missed by nobody.
import type { CheckContext } from '../context.ts';
import { isAbsent } from '../dns/port.ts';
import type { Finding } from '../report.ts';
import { findRoute, type RouteKind } from '../routing/route.ts';
import type { PolicyMaker } from './found.ts';

/** Of one record. */
const maxDomains = 5;

const words: Readonly<Partial<Record<RouteKind, string>>> = {
  missing: 'the domain does not exist',
  null: 'its null MX says that it takes no mail',
  none: 'it has neither an MX record nor an address',
};

/** Nothing for domains that take mail. `what`: "DMARC reports". */
export async function judgeReportMail(
  domains: readonly string[],
  { id, what, source }: { readonly id: string; readonly what: string; readonly source: string },
  make: PolicyMaker,
  context: CheckContext,
): Promise<Finding[]> {
  const judged = await Promise.all(
    [...new Set(domains)].slice(0, maxDomains).map(async (domain) => {
      const { kind, mx, own } = await findRoute(domain, context);
      if (kind === 'unknown') {
        const silent = [mx, ...own].find((answer) => answer.outcome !== 'found' && !isAbsent(answer)) ?? mx;
        return make.unanswered(id, `Whether ${domain} can take the ${what} is not known`, silent);
      }
      const why = words[kind];
      if (why === undefined) return null;
      return make.finding({
        id,
        level: 'warn',
        title: `${domain} cannot take the ${what}`,
        detail: why,
        reason: 'Whoever reports sends mail there, gets it back, and gives up in the end. Nothing tells you.',
        evidence: [mx, ...own].map((answer) => make.answer(answer)),
        remedies: [
          {
            label: `Name an address that takes mail, or publish where mail of ${domain} goes`,
            text: `${domain}. IN MX 10 mail.${domain}.`,
          },
        ],
        source,
        ms: mx.ms,
      });
    }),
  );
  return judged.filter((finding) => finding !== null);
}
