// ui/session: asks for the placeholders of a snippet, one after the other.
import type { FilledSnippet } from '../../../session/expandSnippet.ts';
import { faint } from './colors.ts';
import { cutToWidth } from './displayWidth.ts';
import type { LineAnswer } from './lineQuestion.ts';

/** What is entered for the snippet; undefined: the person did not answer. */
export async function fillSnippet(snippet: FilledSnippet, ask: (prompt: string) => Promise<LineAnswer>): Promise<string | undefined> {
  const answers = new Map<number, string>();
  for (let step = snippet.next(answers); step; step = snippet.next(answers)) {
    const { index, defaultText, choices } = step;
    const words = choices.length > 0 ? choices.join(' | ') : defaultText;
    const place = lineAround(snippet, answers, index);
    const answer = await ask(`   ${faint(place)} ${words === '' ? '' : `[${cutToWidth(words, 60)}] `}`);
    if (answer.kind !== 'line') return undefined;
    answers.set(index, answer.text === '' ? defaultText : answer.text);
  }
  return snippet.render(answers);
}

/** The line of the snippet in which the placeholder stands, with the placeholder marked. */
function lineAround(snippet: FilledSnippet, answers: ReadonlyMap<number, string>, index: number): string {
  const mark = '‹›';
  const lines = snippet.render(new Map([...answers, [index, mark]])).split('\n');
  return cutToWidth(lines.find((line) => line.includes(mark)) ?? mark, 50);
}
