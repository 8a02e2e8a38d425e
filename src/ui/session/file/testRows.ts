// ui/session: the conversations of a file as the Test Explorer lists them. Without `vscode`.
import type { Range, Script } from '../../../session/script.ts';
import type { Localizer } from '../../l10n.ts';
import { conversationTitle } from './words.ts';

export interface TestRow {
  /** Stays the same while a conversation moves in its file: its title, counted where several have the same. */
  readonly id: string;
  readonly label: string;
  /** In the file, from 0. */
  readonly index: number;
  readonly range: Range;
}

export function testRowsOf({ conversations }: Pick<Script, 'conversations'>, l10n: Localizer): TestRow[] {
  const seen = new Map<string, number>();
  return conversations.map((conversation) => {
    const { index, name, nameRange } = conversation;
    const count = (seen.get(name ?? '') ?? 0) + 1;
    seen.set(name ?? '', count);
    return { id: `${name ?? ''}#${count}`, label: conversationTitle(conversation, l10n), index, range: nameRange };
  });
}
