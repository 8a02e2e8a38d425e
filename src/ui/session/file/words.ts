// ui/session: how a conversation is called where it has no name. Without `vscode`.
import type { ScriptConversation } from '../../../session/script.ts';
import type { Localizer } from '../../l10n.ts';

export function conversationTitle({ name, firstLine }: Pick<ScriptConversation, 'name' | 'firstLine'>, l10n: Localizer): string {
  return name || l10n.t('Conversation at line {0}', String(firstLine + 1));
}
