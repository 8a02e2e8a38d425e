// session: the lines of a .smtp file that begin with @: which there are, and what their arguments must be.
import { type AuthMechanism, authMechanisms } from '../smtp/auth.ts';

/** Every argument is still with its {{variables}}, which only a run can fill in; hence texts where one expects numbers. */
export type Directive =
  | { readonly name: 'connect'; readonly target: string }
  | { readonly name: 'tls'; readonly mode: string }
  | { readonly name: 'verify'; readonly isOn: string }
  | { readonly name: 'timeout'; readonly duration: string }
  | { readonly name: 'wait'; readonly duration: string }
  | { readonly name: 'var'; readonly variable: string; readonly value: string }
  | { readonly name: 'auth'; readonly method: string; readonly user: string; readonly secret: string }
  | { readonly name: 'data'; readonly path: string }
  | { readonly name: 'bytes'; readonly escaped: string }
  | { readonly name: 'send-raw'; readonly content: string }
  | { readonly name: 'close' }
  | { readonly name: 'pipeline' }
  | { readonly name: 'end' };

export type DirectiveName = Directive['name'];

interface Description {
  /** As one would write it. */
  readonly syntax: string;
  /** English, one or two sentences. */
  readonly meaning: string;
}

/** For completion, hovers and messages. */
export const directives: Readonly<Record<DirectiveName, Description>> = {
  connect: {
    syntax: '@connect host:port',
    meaning: 'The server to talk to; an IPv6 address stands in brackets: [::1]:25. The connection is made when the first line needs it.',
  },
  tls: {
    syntax: '@tls implicit|starttls|none',
    meaning:
      'implicit: TLS from the first octet (RFC 8314). starttls: after the first EHLO or LHLO its reply is read, STARTTLS is done, and the line is sent again; the S: lines speak of the second reply.',
  },
  verify: { syntax: '@verify on|off', meaning: 'off: goes on with a certificate that is not trusted.' },
  timeout: {
    syntax: '@timeout 10s',
    meaning: 'How long to wait for the connection and for each reply from here on; 30s when nothing is said.',
  },
  wait: { syntax: '@wait 500ms', meaning: 'Does nothing for a while.' },
  var: { syntax: '@var name = value', meaning: 'Defines {{name}}, wherever it stands in the conversation.' },
  auth: {
    syntax: '@auth plain|login|cram-md5|xoauth2 user secret',
    meaning:
      'Logs in; an S: after it speaks of the last reply. A user with blanks stands in double quotes; the secret is the rest of the line: a password, or for xoauth2 an access token.',
  },
  data: {
    syntax: '@data file.eml',
    meaning:
      'After DATA: sends the file with CRLF line endings and stuffed dots, and the final dot. After BDAT: sends its octets as they are. The path is relative to the .smtp file.',
  },
  bytes: {
    syntax: '@bytes text\\r\\n',
    meaning:
      'Sends octets and nothing else: \\r \\n \\t \\0 \\xHH \\\\ are understood. A reply is read only where an S: follows (or after BDAT).',
  },
  'send-raw': {
    syntax: '@send-raw text',
    meaning: 'Sends the text as it is written, without CRLF. A reply is read only where an S: follows.',
  },
  close: { syntax: '@close', meaning: 'Closes the connection at once, without QUIT.' },
  pipeline: {
    syntax: '@pipeline',
    meaning:
      'Sends the lines up to @end or the next blank line at once, then reads their replies (RFC 2920). S: lines may stand among them or after them.',
  },
  end: { syntax: '@end', meaning: 'Ends a @pipeline group.' },
};

export const directiveNames = Object.keys(directives) as readonly DirectiveName[];

export const tlsModes = ['none', 'starttls', 'implicit'] as const;
export type TlsMode = (typeof tlsModes)[number];
export const authMethods = authMechanisms;
export type AuthMethod = AuthMechanism;

export const variableName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** The directive, or an English sentence that says what is wrong. */
export function parseDirective(name: DirectiveName, argument: string): Directive | string {
  const text = argument.trim();
  switch (name) {
    case 'close':
    case 'pipeline':
    case 'end':
      return text === '' ? { name } : `@${name} takes no argument`;
    case 'connect':
      return check(text, (value) => parseTarget(value) !== null, 'a server and a port: host:25 or [::1]:25') ?? { name, target: text };
    case 'tls':
      return check(text, (value) => isOneOf(tlsModes, value), 'none, starttls or implicit') ?? { name, mode: text };
    case 'verify':
      return check(text, (value) => value === 'on' || value === 'off', 'on or off') ?? { name, isOn: text };
    case 'timeout':
    case 'wait':
      return check(text, (value) => parseDuration(value) !== null, 'a time up to one hour: 500ms, 10s or 2m') ?? { name, duration: text };
    case 'var':
      return parseVariable(text);
    case 'auth':
      return parseAuth(text);
    case 'data':
      return text === '' ? '@data needs the path of a file' : { name, path: text };
    case 'bytes':
      return argument === '' ? '@bytes needs the octets to send' : { name, escaped: argument };
    case 'send-raw':
      return argument === '' ? '@send-raw needs the text to send' : { name, content: argument };
  }
}

/** Values with variables can be judged only when they are filled in. */
function check(value: string, isRight: (value: string) => boolean, wanted: string): string | undefined {
  return value.includes('{{') || isRight(value) ? undefined : `Expected ${wanted}${value === '' ? '' : `, not "${value}"`}`;
}

function parseVariable(text: string): Directive | string {
  const match = /^([^\s=]+)\s*=\s*(.*)$/s.exec(text);
  if (!match) return 'Expected a name and a value: @var name = value';
  const [, variable = '', value = ''] = match;
  return variableName.test(variable) ? { name: 'var', variable, value } : `"${variable}" is no name: letters, digits, "_", "-" and "."`;
}

function parseAuth(text: string): Directive | string {
  const match = /^(\S+)\s+(?:"([^"]*)"|(\S+))(?:\s+(.*))?$/s.exec(text);
  if (!match) return 'Expected a method, a user and a password: @auth plain user {{password}}';
  const [, method = '', quoted, plain = '', secret] = match;
  const wrong = check(method, (value) => isOneOf(authMethods, value.toLowerCase()), authMethods.join(', '));
  if (wrong) return wrong;
  if (secret === undefined || secret === '') return 'The password is missing: @auth plain user {{password}}';
  return { name: 'auth', method, user: quoted ?? plain, secret };
}

export interface Target {
  /** Name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

export function parseTarget(text: string): Target | null {
  const match = /^(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^\s:[\]]+)):([0-9]{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}

export function printTarget({ host, port }: Target): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
const longest = 3_600_000;

/** Milliseconds; a number without unit means seconds. */
export function parseDuration(text: string): number | null {
  const match = /^([0-9]{1,7}(?:\.[0-9]{1,3})?)\s*(ms|s|m)?$/.exec(text);
  if (!match) return null;
  const ms = Number(match[1]) * (units[match[2] ?? 's'] ?? 1);
  return ms <= longest ? ms : null;
}

export function isOneOf<T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}
