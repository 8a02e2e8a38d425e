// session: how far the login has come that a person does line by line (RFC 4954).
import { type AuthAnswer, isSecretDue, readAnswer } from '../smtp/auth.ts';

export class LoginInProgress {
  /** As it was typed. */
  readonly method: string;
  /** Who logs in, as far as an answer has said so. */
  user: string | null = null;
  private step = 0;
  private challenge = '';

  constructor(method: string) {
    this.method = method;
  }

  /** The challenge is answered with the line: the first answer may stand behind AUTH itself. */
  answer(line: string): AuthAnswer {
    const answer = readAnswer(this.method, this.step, this.challenge, line);
    this.user = answer.user ?? this.user;
    this.step++;
    return answer;
  }

  /** `text` is what followed 334. True: the answer is to be typed unseen. */
  challengedWith(text: string): boolean {
    this.challenge = text;
    return isSecretDue(this.method, this.step, text);
  }
}
