// ui/session: what a hover says about a command, a parameter, a reply code, a directive or a variable. Without `vscode`.
import { directiveNames, directives } from '../../../session/directive.ts';
import type { Script, ScriptConversation } from '../../../session/script.ts';
import { builtIns, environmentPrefix } from '../../../session/variables.ts';
import { findCommand } from '../../../smtp/commands.ts';
import { explainCode } from '../../../smtp/explain.ts';
import type { Localizer } from '../../l10n.ts';
import type { HoverTarget } from './hoverTarget.ts';

export interface HoverText {
  /** As one would write it; '' for none. */
  readonly title: string;
  /** Paragraphs. */
  readonly texts: readonly string[];
}

type Captured = (conversation: ScriptConversation) => Readonly<Record<string, string>>;

/** null: there is nothing to say. `captured` gives what the last run of a conversation captured. */
export function explainTarget(target: HoverTarget, script: Script, captured: Captured, l10n: Localizer): HoverText | null {
  switch (target.kind) {
    case 'command': {
      const command = findCommand(target.verb);
      return command && { title: command.syntax, texts: [command.text, `${command.source}.`] };
    }
    case 'parameter': {
      const parameter = findCommand(target.verb)?.parameters.find(({ keyword }) => keyword === target.name);
      return parameter ? { title: parameter.syntax, texts: [parameter.text, `${parameter.source}.`] } : null;
    }
    case 'reply': {
      const explanation = explainCode([target.code, target.enhanced].filter((part) => part !== null).join(' '));
      return explanation && { title: '', texts: [explanation.summary, ...explanation.detail] };
    }
    case 'directive': {
      const name = directiveNames.find((known) => known === target.name);
      return name === undefined ? null : { title: directives[name].syntax, texts: [directives[name].meaning] };
    }
    case 'variable':
      return explainVariable(target.name, target.range.line, script, captured, l10n);
  }
}

function explainVariable(name: string, line: number, script: Script, captured: Captured, l10n: Localizer): HoverText | null {
  const title = `{{${name}}}`;
  const conversation = script.conversations.find(({ firstLine, lastLine }) => line >= firstLine && line <= lastLine);
  const capture = conversation && captured(conversation)[name];
  if (capture !== undefined) return { title, texts: [l10n.t('In the last run: {0}', capture)] };
  const own = [...(conversation?.inherited ?? []), ...(conversation?.lines ?? script.lines)];
  const definition = own.findLast(
    (other) => other.kind === 'directive' && other.directive?.name === 'var' && other.directive.variable === name,
  );
  if (definition?.kind === 'directive' && definition.directive?.name === 'var') return { title, texts: [definition.directive.value] };
  if (name === 'host') return { title, texts: [l10n.t('The address of the Mailroom server')] };
  if (name === 'port') return { title, texts: [l10n.t('The port of the Mailroom server')] };
  // Values of the environment may be secrets, so they are not shown.
  if (name.startsWith(environmentPrefix)) return { title, texts: [l10n.t('A variable of the environment')] };
  const builtIn = Object.hasOwn(builtIns, name) ? builtIns[name] : undefined;
  if (builtIn) return { title, texts: [builtIn.meaning] };
  return script.variables.some((use) => use.kind === 'capture' && use.name === name)
    ? { title, texts: [l10n.t('Captured from a reply')] }
    : null;
}
