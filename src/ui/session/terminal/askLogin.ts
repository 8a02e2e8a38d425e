// ui/session: asks who logs in and with which password, which is typed unseen.
import type { Login } from '../../../session/authenticate.ts';
import type { AuthMethod } from '../../../session/directive.ts';
import type { Localizer } from '../../l10n.ts';
import type { LineAnswer, LineQuestion } from './lineQuestion.ts';

/** `name`: '' to be asked for. undefined: the person did not answer. */
export async function askLogin(
  method: AuthMethod,
  name: string,
  ask: (question: LineQuestion) => Promise<LineAnswer>,
  l10n: Localizer,
): Promise<Login | undefined> {
  const asked = name === '' ? await ask({ prompt: `   ${l10n.t('User')}: `, kind: 'answer' }) : { kind: 'line' as const, text: name };
  if (asked.kind !== 'line' || asked.text === '') return undefined;
  const what = method === 'xoauth2' ? l10n.t('Access token') : l10n.t('Password');
  const answer = await ask({ prompt: `   ${what}: `, kind: 'secret' });
  return answer.kind === 'line' ? { method, user: asked.text, secret: answer.text } : undefined;
}
