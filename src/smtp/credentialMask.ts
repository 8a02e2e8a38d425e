// smtp: keeps credentials out of every recorded conversation. When in doubt a line is hidden: it cannot be taken back from a file.

export const mask = '****';

// Also lines that the server does not take for AUTH because of a leading blank or a TAB.
const auth = /^(\s*AUTH)(?:(\s+)(\S+))?(?:(\s+)\S.*)?$/is;
/** The names of SASL mechanisms; any other word may be a credential in the wrong place. */
const mechanism = /^(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|XOAUTH2|OAUTHBEARER|NTLM|GSSAPI|EXTERNAL|ANONYMOUS|SCRAM-SHA-[0-9]+(?:-PLUS)?)$/i;

/** One per connection; it remembers whether credentials may still be coming. */
export class CredentialMask {
  private isExpecting = false;

  /**
   * `isContinuation`: the line answers a 334 challenge. `isCommand`: it begins with a command that the server knows.
   * A client that pipelines its login goes on sending it after AUTH was refused: lines that are no command are hidden then.
   */
  apply(line: string, isContinuation: boolean, isCommand: boolean): string {
    if (isContinuation) return line.trim() === '*' ? line : mask;
    const match = auth.exec(line);
    if (match) {
      this.isExpecting = true;
      const [, command = '', blank = '', method = '', gap] = match;
      if (method === '') return line;
      const shown = mechanism.test(method) ? method : mask;
      return `${command}${blank}${shown}${gap === undefined ? '' : ` ${mask}`}`;
    }
    if (isCommand) {
      this.isExpecting = false;
      return line;
    }
    return this.isExpecting ? mask : line;
  }
}
