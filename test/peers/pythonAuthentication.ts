// peers: pyspf and dkimpy, two implementations of SPF and DKIM that share nothing with ours. They are given a zone, and ask no name server but one that
// a test has started.
import { join } from 'node:path';
import { messageOf } from '../../src/base/failure.ts';
import type { Skipped } from './cache.ts';
import { libraryPathOf, unpackPackages } from './debian.ts';
import { run } from './process.ts';

/** A list of strings for each type, by name in lower case; a string of its own parts as a list. 'timeout': no answer. */
export type PlainZone = Readonly<Record<string, Readonly<Record<string, readonly (string | readonly string[])[]>> | string>>;

/** On loopback. */
export interface AskedServer {
  readonly server: { readonly address: string; readonly port: number };
}

export interface SpfQuestion {
  readonly ip: string;
  readonly sender: string;
  readonly helo: string;
}

export interface PythonAuthentication {
  /** "pass", "fail", "softfail" … in the order of the questions. */
  judgeSpf(names: PlainZone | AskedServer, questions: readonly SpfQuestion[]): Promise<readonly string[]>;
  /** Whether the first signature of each message holds. */
  verifyDkim(zone: PlainZone, messages: readonly Buffer[]): Promise<readonly boolean[]>;
  /** "pass", "fail" or "none" of each message. */
  verifyArc(zone: PlainZone, messages: readonly Buffer[]): Promise<readonly string[]>;
}

const script = `
import base64, json, signal, sys
# Whatever a name server does, this ends.
signal.alarm(60)
import dkim, spf
import dns.resolver
question = json.load(sys.stdin)
zone = question["zone"]

def look_up(name, kind, strict=True, timeout=None, *others):
    entry = zone.get(name.rstrip(".").lower())
    if entry == "timeout":
        raise spf.TempError("DNS timeout")
    found = []
    for value in (entry or {}).get(kind, []):
        if kind == "MX":
            preference, host = value.split(" ")
            value = (int(preference), host)
        elif kind == "TXT":
            value = tuple(part.encode() for part in ([value] if isinstance(value, str) else value))
        found.append(((name, kind), value))
    return found

def get_txt(name, timeout=5):
    records = look_up(name.decode(), "TXT")
    return b"".join(records[0][1]) if records else None

def verify(message):
    try:
        return dkim.verify(base64.b64decode(message), dnsfunc=get_txt)
    except (dkim.DKIMException, spf.TempError, ValueError):
        return False

def verify_chain(message):
    try:
        # None: a forwarder itself said that the chain had failed.
        return (dkim.arc_verify(base64.b64decode(message), dnsfunc=get_txt)[0] or b"fail").decode()
    except (dkim.DKIMException, spf.TempError, ValueError):
        return "fail"

if isinstance(zone.get("server"), dict):
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [zone["server"]["address"]]
    resolver.port = zone["server"]["port"]
    dns.resolver.default_resolver = resolver
else:
    spf.DNSLookup = look_up
json.dump({
    "spf": [spf.check2(i=one["ip"], s=one["sender"], h=one["helo"])[0] for one in question["spf"]],
    "dkim": [verify(one) for one in question["dkim"]],
    "arc": [verify_chain(one) for one in question["arc"]],
}, sys.stdout)
`;

export async function getPythonAuthentication(): Promise<PythonAuthentication | Skipped> {
  try {
    const root = await unpackPackages('python-authentication-ed25519', [
      ...['python3-spf', 'python3-dkim', 'python3-dnspython'],
      // What dkimpy needs for Ed25519.
      ...['python3-nacl', 'python3-cffi-backend', 'libsodium23'],
    ]);
    const env = { PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'), LD_LIBRARY_PATH: await libraryPathOf(root) };
    const ask = async (
      zone: PlainZone | AskedServer,
      spf: readonly SpfQuestion[],
      dkim: readonly Buffer[],
      arc: readonly Buffer[],
    ): Promise<{ spf: string[]; dkim: boolean[]; arc: string[] }> => {
      const plain = (messages: readonly Buffer[]) => messages.map((message) => message.toString('base64'));
      const input = Buffer.from(JSON.stringify({ zone, spf, dkim: plain(dkim), arc: plain(arc) }));
      const { stdout } = await run('python3', ['-c', script], { env, input });
      return JSON.parse(stdout);
    };
    await ask({}, [], [], []);
    return {
      judgeSpf: async (zone, questions) => (await ask(zone, questions, [], [])).spf,
      verifyDkim: async (zone, messages) => (await ask(zone, [], messages, [])).dkim,
      verifyArc: async (zone, messages) => (await ask(zone, [], [], messages)).arc,
    };
  } catch (error) {
    return { skipped: `pyspf and dkimpy do not run: ${messageOf(error)}` };
  }
}
