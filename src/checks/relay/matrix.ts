// checks: the questions that are put to a server to learn whether it relays for strangers: two controls without which the answers say nothing, the
// sixteen of nmap's smtp-open-relay, and up to nine more that other testers ask.
import { addressLiteral } from '../smtp/names.ts';

/**
 * control: about users of the server's own. plain: RCPT names the foreign domain, straight or by a source route; a 2xx is relaying.
 * hidden: the foreign address is inside of a local part, so a 2xx may only mean that a local user may have a strange name.
 */
export type RelayTestKind = 'control' | 'plain' | 'hidden';

export interface RelayTest {
  /** "c1", "1" … "16", "x1" … "x9". */
  readonly id: string;
  readonly kind: RelayTestKind;
  /** Without angle brackets; '' is the null sender. */
  readonly from: string;
  readonly to: string;
}

export interface RelayNames {
  /** Before the @ of the foreign recipient. */
  readonly user: string;
  /** A domain that the server has nothing to do with. */
  readonly foreign: string;
  /** How the server names itself. */
  readonly server: string;
  /** The server's IP address. */
  readonly address: string;
  /** Whose mail the server takes; null: not known, so what is asked with it is left out. */
  readonly domain: string | null;
  /** Makes the name of a user that nobody has. */
  readonly token: string;
}

/** Pairs of sender and recipient that relayTests makes at most; the person agrees to so many. */
export const mostRelayTests = 27;

/** The controls, then the sixteen in nmap's order, then the others; what another test asks already is not among them. */
export function relayTests(names: RelayNames): readonly RelayTest[] {
  const { foreign, server, domain, token } = names;
  const control = make('control');
  const asked = [
    // RFC 5321 section 4.5.1: postmaster without a domain is the server's own.
    control('c1', '', domain === null ? 'postmaster' : `postmaster@${domain}`),
    control('c2', `probe@${foreign}`, `no-such-user-${token}@${domain ?? server}`),
    ...testsOfNmap(names),
  ];
  const pairs = new Set(asked.map(pairOf));
  return [...asked, ...moreTests(names).filter((test) => !pairs.has(pairOf(test)))];
}

/** undefined: there is no such test. */
export function kindOfTest(id: string): RelayTestKind | undefined {
  const names = { user: 'a', foreign: 'b.test', server: 'c.test', address: '192.0.2.1', domain: 'd.test', token: 'e' };
  return relayTests(names).find((test) => test.id === id)?.kind;
}

function testsOfNmap({ user, foreign, server, address }: RelayNames): readonly RelayTest[] {
  const literal = addressLiteral(address);
  const sender = `probe@${literal}`;
  const plain = make('plain');
  const hidden = make('hidden');
  return [
    plain('1', '', `${user}@${foreign}`),
    plain('2', `probe@${foreign}`, `${user}@${foreign}`),
    plain('3', `probe@${server}`, `${user}@${foreign}`),
    plain('4', sender, `${user}@${foreign}`),
    hidden('5', sender, `${user}%${foreign}@${literal}`),
    hidden('6', sender, `${user}%${foreign}@${server}`),
    hidden('7', sender, `"${user}@${foreign}"`),
    hidden('8', sender, `"${user}%${foreign}"`),
    hidden('9', sender, `${user}@${foreign}@${literal}`),
    hidden('10', sender, `"${user}@${foreign}"@${literal}`),
    hidden('11', sender, `${user}@${foreign}@${server}`),
    // RFC 5321 appendix C: source routes.
    plain('12', sender, `@${literal}:${user}@${foreign}`),
    plain('13', sender, `@${server}:${user}@${foreign}`),
    hidden('14', sender, `${foreign}!${user}`),
    hidden('15', sender, `${foreign}!${user}@${literal}`),
    hidden('16', sender, `${foreign}!${user}@${server}`),
  ];
}

/** Those who write a sender of the server's own, or no domain at all, may be taken for its own; so may recipients at the domain whose mail it takes. */
function moreTests({ user, foreign, address, domain }: RelayNames): readonly RelayTest[] {
  const sender = `probe@${addressLiteral(address)}`;
  const plain = make('plain');
  const hidden = make('hidden');
  return [
    ...(domain === null ? [] : [plain('x1', `probe@${domain}`, `${user}@${foreign}`)]),
    plain('x2', 'probe@localhost', `${user}@${foreign}`),
    plain('x3', 'probe', `${user}@${foreign}`),
    plain('x4', `${user}@${foreign}`, `${user}@${foreign}`),
    ...(domain === null
      ? []
      : [
          hidden('x5', sender, `${user}%${foreign}@${domain}`),
          hidden('x6', sender, `"${user}@${foreign}"@${domain}`),
          hidden('x7', sender, `${foreign}!${user}@${domain}`),
        ]),
    hidden('x8', sender, `${user}%${foreign}`),
    ...(domain === null ? [] : [plain('x9', `postmaster@${domain}`, `${user}@${foreign}`)]),
  ];
}

function make(kind: RelayTestKind): (id: string, from: string, to: string) => RelayTest {
  return (id, from, to) => ({ id, kind, from, to });
}

function pairOf({ from, to }: RelayTest): string {
  return `${from} ${to}`.toLowerCase();
}
