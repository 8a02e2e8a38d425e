// ui/session: the commands of a session that begin with a slash: how they are written and what they mean.
import { type AuthMethod, authMethods, isOneOf, parseTarget } from '../../../session/directive.ts';
import { parseEscapes } from '../../../session/octets.ts';
import type { SessionTarget } from '../../../session/sessionEvents.ts';
import type { Localizer } from '../../l10n.ts';

export type SlashCommand =
  | { readonly name: 'tls' }
  | { readonly name: 'auth'; readonly method: AuthMethod; readonly user: string }
  /** '': to be asked for. */
  | { readonly name: 'data'; readonly path: string }
  | { readonly name: 'raw'; readonly octets: Uint8Array; readonly escaped: string }
  /** null: where it was connected before. */
  | { readonly name: 'connect'; readonly target: SessionTarget | null }
  | { readonly name: 'check' }
  | { readonly name: 'relay' }
  | { readonly name: 'save' }
  /** '': to be asked for. */
  | { readonly name: 'replay'; readonly path: string }
  | { readonly name: 'explain'; readonly code: string }
  | { readonly name: 'help' }
  | { readonly name: 'quit' };

export interface SlashHelp {
  readonly name: SlashCommand['name'];
  /** With placeholders: "/connect host:port [tls]". */
  readonly syntax: string;
  readonly meaning: string;
}

/** RFC 8314: TLS from the first octet. */
const implicitTlsPort = 465;

export function slashHelp(l10n: Localizer): readonly SlashHelp[] {
  return [
    { name: 'tls', syntax: '/tls', meaning: l10n.t('STARTTLS; an untrusted certificate is used and told about') },
    {
      name: 'auth',
      syntax: `/auth ${authMethods.join('|')} [user]`,
      meaning: l10n.t('logs in; asks for the password, which is not shown or kept'),
    },
    { name: 'data', syntax: '/data file.eml', meaning: l10n.t('sends a file as the message, dots stuffed') },
    { name: 'raw', syntax: '/raw text\\r\\n\\x00', meaning: l10n.t('sends exactly these octets, without a line end') },
    {
      name: 'connect',
      syntax: '/connect host:port [tls]',
      meaning: l10n.t('connects anew; tls: encrypted from the first octet, as on port 465'),
    },
    { name: 'check', syntax: '/check', meaning: l10n.t('checks this server: addresses, SMTP, TLS; the report opens in a tab') },
    { name: 'relay', syntax: '/relay', meaning: l10n.t('tests this server for open relay; the report opens in a tab') },
    { name: 'save', syntax: '/save', meaning: l10n.t('opens the session as a .smtp file') },
    { name: 'replay', syntax: '/replay file.smtp', meaning: l10n.t('runs the conversations of a file') },
    { name: 'explain', syntax: '/explain 4.7.1', meaning: l10n.t('says what a code means') },
    { name: 'help', syntax: '/help', meaning: l10n.t('lists the commands') },
    { name: 'quit', syntax: '/quit', meaning: l10n.t('says QUIT and ends the session') },
  ];
}

/** The command, or what is wrong. `line` begins with a slash. */
export function parseSlashCommand(line: string, l10n: Localizer): SlashCommand | { readonly problem: string } {
  const [, name = '', rest = ''] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const argument = rest.trim();
  const known = slashHelp(l10n).find((command) => command.name === name.toLowerCase());
  const wrong = { problem: known ? l10n.t('Write it so: {0}', known.syntax) : l10n.t('There is no command /{0}; /help lists them', name) };
  if (!known) return wrong;
  switch (known.name) {
    case 'auth': {
      const [method = '', user = '', ...more] = argument.split(/\s+/);
      const lower = method.toLowerCase();
      // A password in the line would be seen and remembered.
      if (more.length > 0) return { problem: l10n.t('Write no password here; it is asked for') };
      return isOneOf(authMethods, lower) ? { name: 'auth', method: lower, user } : wrong;
    }
    case 'raw': {
      const { octets, bad } = parseEscapes(rest);
      if (rest === '') return wrong;
      const [first] = bad;
      if (first) return { problem: l10n.t('{0} is no escape: \\r \\n \\t \\0 \\xHH and \\\\ are', rest.slice(first.start, first.end)) };
      return { name: 'raw', octets, escaped: rest };
    }
    case 'connect': {
      if (argument === '') return { name: 'connect', target: null };
      const target = parseSessionTarget(argument);
      return target ? { name: 'connect', target } : wrong;
    }
    case 'data':
    case 'replay':
      return { name: known.name, path: argument };
    case 'explain':
      return argument === '' ? wrong : { name: 'explain', code: argument };
    default:
      return argument === '' ? { name: known.name } : wrong;
  }
}

/** "host:port" or "host:port tls"; a host alone means port 25. */
export function parseSessionTarget(text: string): SessionTarget | null {
  const [place = '', word = '', ...more] = text.trim().split(/\s+/);
  if (more.length > 0 || !['', 'tls'].includes(word.toLowerCase())) return null;
  const target = parseTarget(place) ?? parseTarget(`${place}:25`);
  if (!target) return null;
  return { ...target, tls: word !== '' || target.port === implicitTlsPort ? 'implicit' : 'none' };
}
