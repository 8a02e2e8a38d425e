// ui/checks: an input box that says under the text what is wrong with it. VS Code's own showInputBox would either complain of a box that is still empty,
// or take it.
import * as vscode from 'vscode';

export interface TextQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly placeHolder: string;
  readonly value: string;
  /** Of how many; null: there is only one. */
  readonly steps: readonly [step: number, of: number] | null;
  /** A sentence, or undefined for an answer that is fine. Is never asked about an empty answer that may be. */
  readonly refusalOf: (text: string) => string | undefined;
  readonly mayBeEmpty: boolean;
}

/** Without spaces around it. undefined: the person changed their mind. */
export function askText({ title, prompt, placeHolder, value, steps, refusalOf, mayBeEmpty }: TextQuestion): Promise<string | undefined> {
  return new Promise((resolve) => {
    const box = vscode.window.createInputBox();
    const judge = (isDone: boolean): string | undefined => {
      const text = box.value.trim();
      return text === '' && (mayBeEmpty || !isDone) ? undefined : refusalOf(text);
    };
    let answer: string | undefined;
    box.title = title;
    box.prompt = prompt;
    box.placeholder = placeHolder;
    box.value = value;
    if (steps) [box.step, box.totalSteps] = steps;
    box.onDidChangeValue(() => {
      box.validationMessage = judge(false);
    });
    box.onDidAccept(() => {
      box.validationMessage = judge(true);
      if (box.validationMessage !== undefined) return;
      answer = box.value.trim();
      box.hide();
    });
    box.onDidHide(() => {
      box.dispose();
      resolve(answer);
    });
    box.show();
  });
}
