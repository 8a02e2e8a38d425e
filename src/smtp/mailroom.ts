// smtp: how mailrooms know each other: the words of our greeting, and the command with which a client says that it only looks: another window that
// asks whose port it is, or one of our checks. What such a client breaks off or is refused leaves nothing in the drop folder.

/** The end of our greeting. */
export const banner = 'Mailroom ready';

/** Answered with "mailroom" and the identity of the drop folder. No other server knows it; all answer it with 500 or 502. */
export const lookCommand = 'XMAILROOM';

/** `text`: of a greeting, without its code. */
export function isMailroomGreeting(text: string): boolean {
  return text.trimEnd().endsWith(` ${banner}`);
}
