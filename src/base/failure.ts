// base: a failure that somebody else can act on: a reason for programs, an English sentence for logs, and data.

export type FailureData = Readonly<Record<string, string | number | boolean | null>>;

/** `reason` is stable and in camelCase ("portInUse"); `message` is English; only ui/notify.ts turns it into words for people. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: string;
  readonly data: FailureData;

  constructor(reason: string, message: string, data: FailureData = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.data = data;
  }

  /** By the name: each bundle of the extension has a class of its own, and one throws what the other catches. */
  static override [Symbol.hasInstance](value: unknown): value is Failure {
    return value instanceof Error && value.name === 'Failure' && 'reason' in value && typeof value.reason === 'string';
  }

  static is(error: unknown, reason?: string): error is Failure {
    return error instanceof Failure && (reason === undefined || error.reason === reason);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error ("ENOENT", "EADDRINUSE"), or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
