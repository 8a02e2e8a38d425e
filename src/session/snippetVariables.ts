// session: the variables of VS Code's snippets that have a value without an editor: date, time and chance.
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { SnippetVariables } from './expandSnippet.ts';

const known = new Set([
  ...['TM_SELECTED_TEXT', 'TM_CURRENT_LINE', 'TM_CURRENT_WORD', 'TM_LINE_INDEX', 'TM_LINE_NUMBER', 'TM_FILENAME', 'TM_FILENAME_BASE'],
  ...['TM_DIRECTORY', 'TM_DIRECTORY_BASE', 'TM_FILEPATH', 'RELATIVE_FILEPATH', 'CLIPBOARD', 'WORKSPACE_NAME', 'WORKSPACE_FOLDER'],
  ...[
    'CURSOR_INDEX',
    'CURSOR_NUMBER',
    'SELECTION',
    'BLOCK_COMMENT_START',
    'BLOCK_COMMENT_END',
    'LINE_COMMENT',
    'RANDOM',
    'RANDOM_HEX',
    'UUID',
  ],
  ...['CURRENT_YEAR', 'CURRENT_YEAR_SHORT', 'CURRENT_MONTH', 'CURRENT_MONTH_NAME', 'CURRENT_MONTH_NAME_SHORT', 'CURRENT_DATE'],
  ...['CURRENT_DAY_NAME', 'CURRENT_DAY_NAME_SHORT', 'CURRENT_HOUR', 'CURRENT_MINUTE', 'CURRENT_SECOND', 'CURRENT_SECONDS_UNIX'],
  'CURRENT_TIMEZONE_OFFSET',
]);

export function isKnownVariable(name: string): boolean {
  return known.has(name);
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
];

/** Local time, as in the editor. `now`: milliseconds since the Unix epoch. */
export function snippetVariables(now: number): SnippetVariables {
  const date = new Date(now);
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const makers: Readonly<Record<string, () => string | undefined>> = {
    CURRENT_YEAR: () => String(date.getFullYear()),
    CURRENT_YEAR_SHORT: () => two(date.getFullYear() % 100),
    CURRENT_MONTH: () => two(date.getMonth() + 1),
    CURRENT_MONTH_NAME: () => months[date.getMonth()],
    CURRENT_MONTH_NAME_SHORT: () => months[date.getMonth()]?.slice(0, 3),
    CURRENT_DATE: () => two(date.getDate()),
    CURRENT_DAY_NAME: () => days[date.getDay()],
    CURRENT_DAY_NAME_SHORT: () => days[date.getDay()]?.slice(0, 3),
    CURRENT_HOUR: () => two(date.getHours()),
    CURRENT_MINUTE: () => two(date.getMinutes()),
    CURRENT_SECOND: () => two(date.getSeconds()),
    CURRENT_SECONDS_UNIX: () => String(Math.floor(now / 1000)),
    CURRENT_TIMEZONE_OFFSET: () => `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`,
    RANDOM: () => String(randomInt(1_000_000)).padStart(6, '0'),
    RANDOM_HEX: () => randomBytes(3).toString('hex'),
    UUID: () => randomUUID(),
  };
  return (name) => (Object.hasOwn(makers, name) ? makers[name]?.() : undefined);
}
