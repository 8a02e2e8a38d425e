// checks: the questions that are put to a server to learn whether it relays for strangers: the sixteen of nmap's smtp-open-relay, and two controls
// without which their answers say nothing.
import { addressLiteral } from '../smtp/names.ts';

/**
 * control: about users of the server's own. plain: RCPT names the foreign domain, straight or by a source route; a 2xx is relaying.
 * hidden: the foreign address is inside of a local part, so a 2xx may only mean that a local user may have a strange name.
 */
export type RelayTestKind = 'control' | 'plain' | 'hidden';

export interface RelayTest {
  /** "c1", "1" … "16". */
  readonly id: string;
  readonly kind: RelayTestKind;
  /** Without angle brackets; '' is the null sender. */
  readonly from: string;
  readonly to: string;
}

export interface RelayNames {
  /** A domain that the server has nothing to do with. */
  readonly foreign: string;
  /** How the server names itself. */
  readonly server: string;
  /** The server's IP address. */
  readonly address: string;
  /** Whose mail the server takes; null: not known. */
  readonly domain: string | null;
  /** Makes the name of a user that nobody has. */
  readonly token: string;
}

export function relayTests({ foreign, server, address, domain, token }: RelayNames): readonly RelayTest[] {
  const literal = addressLiteral(address);
  const sender = `probe@${literal}`;
  const control = make('control');
  const plain = make('plain');
  const hidden = make('hidden');
  return [
    // RFC 5321 section 4.5.1: postmaster without a domain is the server's own.
    control('c1', '', domain === null ? 'postmaster' : `postmaster@${domain}`),
    control('c2', `probe@${foreign}`, `no-such-user-${token}@${domain ?? server}`),
    plain('1', '', `relaytest@${foreign}`),
    plain('2', `probe@${foreign}`, `relaytest@${foreign}`),
    plain('3', `probe@${server}`, `relaytest@${foreign}`),
    plain('4', sender, `relaytest@${foreign}`),
    hidden('5', sender, `relaytest%${foreign}@${literal}`),
    hidden('6', sender, `relaytest%${foreign}@${server}`),
    hidden('7', sender, `"relaytest@${foreign}"`),
    hidden('8', sender, `"relaytest%${foreign}"`),
    hidden('9', sender, `relaytest@${foreign}@${literal}`),
    hidden('10', sender, `"relaytest@${foreign}"@${literal}`),
    hidden('11', sender, `relaytest@${foreign}@${server}`),
    // RFC 5321 appendix C: source routes.
    plain('12', sender, `@${literal}:relaytest@${foreign}`),
    plain('13', sender, `@${server}:relaytest@${foreign}`),
    hidden('14', sender, `${foreign}!relaytest`),
    hidden('15', sender, `${foreign}!relaytest@${literal}`),
    hidden('16', sender, `${foreign}!relaytest@${server}`),
  ];
}

function make(kind: RelayTestKind): (id: string, from: string, to: string) => RelayTest {
  return (id, from, to) => ({ id, kind, from, to });
}
