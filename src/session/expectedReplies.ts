// session: which replies are due, in their order (RFC 5321 section 4.2): each answers the oldest command that has none.
import { Failure } from '../base/failure.ts';

export interface ExpectedReply {
  /** As in the event. */
  readonly line: string;
  readonly verb: string;
  readonly resolve: () => void;
}

/** Of replies that nobody asked for, after which the connection is closed. */
const maxUnasked = 100;

export class ExpectedReplies {
  private due: ExpectedReply[] = [];
  private unasked = 0;
  /** The last that was sent were octets that may hold any number of commands. */
  private isAnyDue = false;

  /** A reply that comes now, though none is due, was not asked for. */
  get isNoneAsked(): boolean {
    return !this.isAnyDue;
  }

  /** Resolves when the reply has come, or never will. */
  expect(line: string, verb: string): Promise<void> {
    this.unasked = 0;
    this.isAnyDue = false;
    return new Promise((resolve) => {
      this.due.push({ line, verb, resolve });
    });
  }

  /** Octets were sent of which nobody knows how many replies they have. */
  expectAny(): void {
    this.unasked = 0;
    this.isAnyDue = true;
  }

  /** What the reply that has come answers; undefined: nothing. Throws Failure 'tooManyReplies'. */
  take(): ExpectedReply | undefined {
    const expected = this.due.shift();
    if (!expected && ++this.unasked > maxUnasked)
      throw new Failure('tooManyReplies', `The server sent more than ${maxUnasked} replies that nobody asked for`);
    return expected;
  }

  /** Whether the reply after the one that was taken answers such a command. */
  isNext(verb: string): boolean {
    return this.due[0]?.verb === verb;
  }

  /** No reply will come any more. */
  end(): void {
    for (const { resolve } of this.due.splice(0)) resolve();
  }
}
