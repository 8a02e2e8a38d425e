// smtp: the argument of MAIL and RCPT (RFC 5321 sections 3.3 and 4.1.2): a path in angle brackets and its parameters, kept as they were sent.
import type { Path } from './envelope.ts';

export type PathCommand = 'MAIL FROM' | 'RCPT TO';

export interface PathProblem {
  readonly problem: 'command' | 'path' | 'parameter' | 'duplicate';
  /** What is wrong, in English, without anything that the client sent except a parameter's keyword. */
  readonly message: string;
}

// The two alternatives inside of the brackets begin with different characters, so matching takes linear time.
const bracketed = /^<((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?=\s|$)/;
const sourceRoute = /^@[^\s,:@]+(?:,@[^\s,:@]+)*:/;
const parameter = /^([a-z0-9][a-z0-9-]*)(?:=([^\s\x00-\x1f\x7f-\x9f]*))?$/i;
const control = /[\x00-\x1f\x7f-\x9f]/;

/**
 * Reads a whole command line. Lenient where nothing is lost: any mailbox without control characters is taken (also one without a domain),
 * and blanks around the colon. Values of parameters are not decoded.
 */
export function parsePath(command: PathCommand, line: string): Path | PathProblem {
  const colon = line.indexOf(':');
  const head = colon < 0 ? line : line.slice(0, colon);
  if (colon < 0 || head.trim().replace(/\s+/g, ' ').toUpperCase() !== command) {
    return { problem: 'command', message: `Syntax: ${command}:<address>` };
  }
  const rest = line.slice(colon + 1).trim();
  const match = bracketed.exec(rest);
  if (!match) return { problem: 'path', message: `Syntax: ${command}:<address>, the address in angle brackets` };
  // RFC 5321 appendix C: a source route must be accepted and should be ignored.
  const address = (match[1] ?? '').replace(sourceRoute, '');
  if (control.test(address)) return { problem: 'path', message: 'The address has a control character' };
  const parameters: Record<string, string | true> = {};
  for (const text of rest.slice(match[0].length).split(/\s+/)) {
    if (text === '') continue;
    const part = parameter.exec(text);
    if (!part?.[1]) return { problem: 'parameter', message: 'A parameter is not KEYWORD or KEYWORD=value' };
    const keyword = part[1].toUpperCase();
    if (Object.hasOwn(parameters, keyword)) return { problem: 'duplicate', message: `The parameter ${keyword} is given twice` };
    parameters[keyword] = part[2] ?? true;
  }
  return { address, parameters };
}
