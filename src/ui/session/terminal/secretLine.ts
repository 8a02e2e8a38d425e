// ui/session: a line that is typed unseen: readline would show it. There is nothing to see, so there is little to edit.
import { clearScreenDown, cursorTo } from 'node:readline';
import type { Writable } from 'node:stream';
import { keys } from './keys.ts';

/** What is shown of a secret after it was typed; its length is nobody's business. */
export const secretMark = '*'.repeat(12);

export class SecretLine {
  private readonly output: Writable;
  private prompt = '';
  private characters: string[] = [];

  constructor(output: Writable) {
    this.output = output;
  }

  begin(prompt: string): void {
    this.prompt = prompt;
    this.characters = [];
    this.output.write(prompt);
  }

  /** Prints lines above. */
  say(text: string): void {
    this.erase();
    this.output.write(`${text}\n${this.prompt}${'*'.repeat(this.characters.length)}`);
  }

  /** One key, or characters. undefined: the line goes on; null: it was given up. */
  take(text: string): string | null | undefined {
    switch (text) {
      case keys.interrupt:
      case keys.end:
        this.characters = [];
        this.output.write('\n');
        return null;
      case keys.enter: {
        const line = this.characters.join('');
        this.characters = [];
        this.erase();
        this.output.write(`${this.prompt}${line === '' ? '' : secretMark}\n`);
        return line;
      }
      case keys.backspace:
        if (this.characters.pop() !== undefined) this.output.write('\b \b');
        return undefined;
      case keys.eraseLine:
        this.output.write('\b \b'.repeat(this.characters.length));
        this.characters = [];
        return undefined;
      default: {
        const typed = [...text.replace(/\x1b(?:\[[0-9;]*[A-Za-z~]|O.)?/g, '').replace(/[\x00-\x1f\x7f]/g, '')];
        this.characters.push(...typed);
        this.output.write('*'.repeat(typed.length));
        return undefined;
      }
    }
  }

  private erase(): void {
    cursorTo(this.output, 0);
    clearScreenDown(this.output);
  }
}
