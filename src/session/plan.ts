// session: the lines of a conversation as steps in the order of a run, each with the S: lines that speak of its replies.
import type { ClientLine, DataLine, DirectiveLine, ExpectationLine, ScriptConversation, ScriptLine } from './script.ts';

/** The S: lines about one reply, first to last. */
export type ExpectedReply = readonly ExpectationLine[];

export interface SettingStep {
  readonly kind: 'setting';
  readonly line: DirectiveLine;
}
export interface CommandStep {
  readonly kind: 'command';
  readonly line: ClientLine;
  readonly replies: ExpectedReply[];
}
/** @bytes or @send-raw. */
export interface OctetsStep {
  readonly kind: 'octets';
  readonly line: DirectiveLine;
  readonly replies: ExpectedReply[];
}
/** @auth or @data. */
export interface ExchangeStep {
  readonly kind: 'auth' | 'file';
  readonly line: DirectiveLine;
  readonly replies: ExpectedReply[];
}
export interface MessageStep {
  readonly kind: 'message';
  readonly lines: DataLine[];
  readonly replies: ExpectedReply[];
}
export interface GroupStep {
  readonly kind: 'group';
  readonly line: DirectiveLine;
  readonly items: (CommandStep | OctetsStep)[];
  /** Replies beyond one for each command. */
  readonly replies: ExpectedReply[];
}
/** S: lines before anything was sent: the greeting. */
export interface GreetingStep {
  readonly kind: 'greeting';
  readonly replies: ExpectedReply[];
}

export type SendingStep = CommandStep | OctetsStep | ExchangeStep | MessageStep | GroupStep;
export type Step = SettingStep | SendingStep | GreetingStep;

/** Comments, blank lines, @var and wrong directives without effect have no step; a wrong directive is a setting that fails. */
export function planConversation(conversation: Pick<ScriptConversation, 'lines'>): readonly Step[] {
  const planner = new Planner();
  for (const line of conversation.lines) planner.add(line);
  return planner.steps;
}

class Planner {
  readonly steps: Step[] = [];
  /** What the next S: line speaks of; null: the greeting. */
  private last: SendingStep | GreetingStep | null = null;
  private group: GroupStep | null = null;
  /** The last S: line says that more may follow about the same reply. */
  private isReplyOpen = false;

  add(line: ScriptLine): void {
    switch (line.kind) {
      case 'comment':
      case 'separator':
        return;
      case 'blank':
        this.group = null;
        return;
      case 'expectation':
        this.addExpectation(line);
        return;
      case 'client':
        this.addSending({ kind: 'command', line, replies: [] });
        return;
      case 'data':
        this.addData(line);
        return;
      case 'directive':
        this.addDirective(line);
    }
  }

  private addDirective(line: DirectiveLine): void {
    switch (line.directive?.name) {
      case 'var':
        return;
      case 'end':
        this.group = null;
        return;
      case 'pipeline': {
        const group: GroupStep = { kind: 'group', line, items: [], replies: [] };
        this.addSending(group);
        this.group = group;
        return;
      }
      case 'bytes':
      case 'send-raw':
        this.addSending({ kind: 'octets', line, replies: [] });
        return;
      case 'auth':
      case 'data':
        this.group = null;
        this.addSending({ kind: line.directive.name === 'auth' ? 'auth' : 'file', line, replies: [] });
        return;
      case 'connect':
      case 'close':
        this.group = null;
        this.last = null;
    }
    this.isReplyOpen = false;
    this.steps.push({ kind: 'setting', line });
  }

  private addSending(step: SendingStep): void {
    this.isReplyOpen = false;
    if (this.group && (step.kind === 'command' || step.kind === 'octets')) this.group.items.push(step);
    else {
      this.steps.push(step);
      this.last = step;
      this.group = null;
    }
  }

  private addData(line: DataLine): void {
    const previous = this.last;
    if (previous?.kind === 'message' && !previous.lines.at(-1)?.isEnd) previous.lines.push(line);
    else this.addSending({ kind: 'message', lines: [line], replies: [] });
  }

  private addExpectation(line: ExpectationLine): void {
    if (!this.last) {
      this.last = { kind: 'greeting', replies: [] };
      this.steps.push(this.last);
    }
    const replies = this.repliesOf(this.last);
    const open = this.isReplyOpen ? (replies.at(-1) as ExpectationLine[] | undefined) : undefined;
    if (open) open.push(line);
    else this.nextReplies(this.last).push([line]);
    this.isReplyOpen = line.expectation?.code !== null && line.expectation?.isAnyLine === true;
  }

  /** Where the reply stands that was begun last. */
  private repliesOf(step: SendingStep | GreetingStep): ExpectedReply[] {
    if (step.kind !== 'group' || step.replies.length > 0) return step.replies;
    return step.items.findLast((item) => item.replies.length > 0)?.replies ?? step.replies;
  }

  /** In a group the first reply speaks of the first command, and so on. */
  private nextReplies(step: SendingStep | GreetingStep): ExpectedReply[] {
    if (step.kind !== 'group') return step.replies;
    return step.items.find((item) => item.kind === 'command' && item.replies.length === 0)?.replies ?? step.replies;
  }
}
