// checks: the questions that are put to a server to learn whether it relays for strangers: two controls without which the answers say nothing, the
// sixteen of nmap's smtp-open-relay, and up to nine more that other testers ask.
import { addressLiteral } from '../smtp/names.ts';

/**
 * control: about users of the server's own. plain: RCPT names the foreign domain, straight or by a source route; a 2xx is relaying.
 * hidden: the foreign address is inside of a local part, so a 2xx may only mean that a local user may have a strange name.
 */
export type RelayTestKind = 'control' | 'plain' | 'hidden';

export type Trick = '%-hack' | 'bang path' | 'quoted address' | 'two @';

export interface RelayTest {
  /** "c1", "1" … "16", "x1" … "x9". */
  readonly id: string;
  readonly kind: RelayTestKind;
  /** What it is, in words. */
  readonly what: string;
  /** Of a hidden one: how the foreign address is written. */
  readonly trick?: Trick;
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

/** The tests that relayTests makes at most, besides the two controls; the person agrees to so many. `hasDomain`: it is known whose mail the server takes. */
export function mostRelayTests(hasDomain: boolean): number {
  return relayTests({ ...exampleNames, domain: hasDomain ? 'd.test' : null }).filter(({ kind }) => kind !== 'control').length;
}

/** In sentences: "test 6 (%-hack at the server's name)". */
export function nameTest({ id, what }: RelayTest): string {
  return `test ${id} (${what})`;
}

const exampleNames: RelayNames = { user: 'a', foreign: 'b.test', server: 'c.test', address: '192.0.2.1', domain: 'd.test', token: 'e' };

/** The controls, then the sixteen in nmap's order, then the others; what another test asks already is not among them. */
export function relayTests(names: RelayNames): readonly RelayTest[] {
  const { foreign, server, domain, token } = names;
  const control = make('control');
  const asked = [
    // RFC 5321 section 4.5.1: postmaster without a domain is the server's own.
    control('c1', '', domain === null ? 'postmaster' : `postmaster@${domain}`, 'control: its own postmaster'),
    control('c2', `probe@${foreign}`, `no-such-user-${token}@${domain ?? server}`, 'control: a user of its own that nobody has'),
    ...testsOfNmap(names),
  ];
  const pairs = new Set(asked.map(pairOf));
  return [...asked, ...moreTests(names).filter((test) => !pairs.has(pairOf(test)))];
}

/** undefined: there is no such test. */
export function kindOfTest(id: string): RelayTestKind | undefined {
  return relayTests(exampleNames).find((test) => test.id === id)?.kind;
}

function testsOfNmap({ user, foreign, server, address }: RelayNames): readonly RelayTest[] {
  const literal = addressLiteral(address);
  const sender = `probe@${literal}`;
  const plain = make('plain');
  return [
    plain('1', '', `${user}@${foreign}`, 'the null sender'),
    plain('2', `probe@${foreign}`, `${user}@${foreign}`, 'a foreign sender'),
    plain('3', `probe@${server}`, `${user}@${foreign}`, "a sender of the server's name"),
    plain('4', sender, `${user}@${foreign}`, "a sender at the server's address"),
    hide('%-hack', '5', sender, `${user}%${foreign}@${literal}`, "at the server's address"),
    hide('%-hack', '6', sender, `${user}%${foreign}@${server}`, "at the server's name"),
    hide('quoted address', '7', sender, `"${user}@${foreign}"`, ''),
    hide('%-hack', '8', sender, `"${user}%${foreign}"`, 'in quotes'),
    hide('two @', '9', sender, `${user}@${foreign}@${literal}`, "the second with the server's address"),
    hide('quoted address', '10', sender, `"${user}@${foreign}"@${literal}`, "at the server's address"),
    hide('two @', '11', sender, `${user}@${foreign}@${server}`, "the second with the server's name"),
    // RFC 5321 appendix C: source routes.
    plain('12', sender, `@${literal}:${user}@${foreign}`, "a source route through the server's address"),
    plain('13', sender, `@${server}:${user}@${foreign}`, "a source route through the server's name"),
    hide('bang path', '14', sender, `${foreign}!${user}`, ''),
    hide('bang path', '15', sender, `${foreign}!${user}@${literal}`, "at the server's address"),
    hide('bang path', '16', sender, `${foreign}!${user}@${server}`, "at the server's name"),
  ];
}

/** Those who write a sender of the server's own, or no domain at all, may be taken for its own; so may recipients at the domain whose mail it takes. */
function moreTests({ user, foreign, address, domain }: RelayNames): readonly RelayTest[] {
  const sender = `probe@${addressLiteral(address)}`;
  const plain = make('plain');
  return [
    ...(domain === null ? [] : [plain('x1', `probe@${domain}`, `${user}@${foreign}`, "a sender of the server's domain")]),
    plain('x2', 'probe@localhost', `${user}@${foreign}`, 'a sender at localhost'),
    plain('x3', 'probe', `${user}@${foreign}`, 'a sender without a domain'),
    plain('x4', `${user}@${foreign}`, `${user}@${foreign}`, 'a sender that is the recipient'),
    ...(domain === null
      ? []
      : [
          hide('%-hack', 'x5', sender, `${user}%${foreign}@${domain}`, "at the server's domain"),
          hide('quoted address', 'x6', sender, `"${user}@${foreign}"@${domain}`, "at the server's domain"),
          hide('bang path', 'x7', sender, `${foreign}!${user}@${domain}`, "at the server's domain"),
        ]),
    hide('%-hack', 'x8', sender, `${user}%${foreign}`, 'without a domain'),
    ...(domain === null ? [] : [plain('x9', `postmaster@${domain}`, `${user}@${foreign}`, "the server's postmaster as the sender")]),
  ];
}

function make(kind: RelayTestKind): (id: string, from: string, to: string, what: string) => RelayTest {
  return (id, from, to, what) => ({ id, kind, what, from, to });
}

/** Where a hidden address stands: "at the server's address", or '' where no domain follows. */
function hide(trick: Trick, id: string, from: string, to: string, where: string): RelayTest {
  return { id, kind: 'hidden', trick, what: `${trick}${where === '' ? '' : ` ${where}`}`, from, to };
}

function pairOf({ from, to }: RelayTest): string {
  return `${from} ${to}`.toLowerCase();
}
