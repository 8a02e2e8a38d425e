// ui/session: the mail servers of a domain as DNS names them, for whoever wants to talk to one. Without `vscode`.
import { Resolver } from 'node:dns/promises';
import { domainToASCII } from 'node:url';
import { codeOf, Failure, messageOf } from '../../../base/failure.ts';
import { parseServerAddress, printServerAddress } from '../../../checks/dns/serverAddress.ts';

/** Milliseconds for one question to DNS, which is asked twice. */
const dnsTimeout = 4000;

/** Asks the servers of the settings ("192.0.2.53:5353"), else those of the system. Throws Failure 'dnsFailed' for what is no server. */
export function createResolver(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: dnsTimeout, tries: 2 });
  const addresses = servers.map((written) => {
    const server = parseServerAddress(written);
    if (!server) throw new Failure('dnsFailed', `${written} in the settings is no name server`);
    return printServerAddress(server);
  });
  if (addresses.length > 0) resolver.setServers(addresses);
  return resolver;
}

export interface MailServer {
  readonly host: string;
  readonly priority: number;
}

/** Those with the lowest preference first (RFC 5321 section 5.1). Without MX the domain itself; Failure 'noMail' when it takes none (RFC 7505). */
export async function mailServersOf(
  domain: string,
  resolveMx: (domain: string) => Promise<readonly { exchange: string; priority: number }[]>,
): Promise<readonly MailServer[]> {
  try {
    const records = await resolveMx(domain);
    if (records.length === 1 && records[0]?.exchange.replace(/\.$/, '') === '')
      throw new Failure('noMail', `${domain} takes no mail (null MX)`);
    return records
      .map(({ exchange, priority }) => ({ host: exchange.replace(/\.$/, ''), priority }))
      .sort((a, b) => a.priority - b.priority);
  } catch (error) {
    if (Failure.is(error)) throw error;
    if (codeOf(error) === 'ENODATA') return [{ host: domain, priority: 0 }];
    if (codeOf(error) === 'ECANCELLED') return [];
    throw new Failure('dnsFailed', `DNS knows no mail servers of ${domain}: ${messageOf(error)}`, {}, error);
  }
}

/** "example.com" of itself or of "kim@example.com", in ASCII. */
export function domainOf(text: string): string | undefined {
  const domain = domainToASCII(
    text
      .trim()
      .slice(text.trim().lastIndexOf('@') + 1)
      .replace(/\.$/, ''),
  );
  return /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i.test(domain) ? domain : undefined;
}
