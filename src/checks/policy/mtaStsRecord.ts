// checks/policy: the policy file of MTA-STS and the record that announces it, by their grammar (RFC 8461 section 3).

export interface MtaStsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none';
  /** Seconds. */
  readonly maxAge: number;
  /** Host names; "*.example.com" stands for one label more. */
  readonly mx: readonly string[];
}

/** RFC 8461 section 3.1. */
export function isMtaStsRecord(text: string): boolean {
  return /^v=STSv1[ \t]*;/.test(text);
}

/** The id of an announcing record, or null when it has none that is well formed: 1 to 32 letters and digits. */
export function readMtaStsId(text: string): string | null {
  return /^v=STSv1[ \t]*;(?:[^;]*;)*?[ \t]*id=([A-Za-z0-9]{1,32})[ \t]*(?:;|$)/.exec(text)?.[1] ?? null;
}

/** RFC 8461 section 3.2. The longest time is about a year. */
const maxMaxAge = 31_557_600;
const maxHosts = 200;

/** The policy, or a sentence about what is wrong with it. Of a field other than mx that occurs twice the first counts. */
export function parseMtaStsPolicy(body: string): MtaStsPolicy | string {
  const fields = body
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):(.*)$/.exec(line));
  if (fields.some((field) => field === null)) return 'a line is no "name: value"';
  const value = (name: string) => fields.find((field) => field?.[1] === name)?.[2]?.trim();
  const mode = value('mode');
  const age = value('max_age') ?? '';
  const mx = fields.filter((field) => field?.[1] === 'mx').map((field) => (field?.[2] ?? '').trim().toLowerCase());
  if (value('version') !== 'STSv1') return '"version: STSv1" is missing';
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return 'the mode is not enforce, testing or none';
  if (!/^[0-9]{1,10}$/.test(age) || Number(age) > maxMaxAge) return `"max_age" is no number of seconds up to ${maxMaxAge}`;
  if (mx.length === 0 && mode !== 'none') return 'there is no "mx:" line';
  const wrong = mx.find((host) => !/^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/.test(host));
  if (wrong !== undefined) return `"mx: ${wrong}" is no host name`;
  return { mode, maxAge: Number(age), mx: mx.slice(0, maxHosts) };
}
