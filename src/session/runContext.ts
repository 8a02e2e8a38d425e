// session: what the parts of a run share: the conversation, its values, its connection, and where it stands.
import { Failure } from '../base/failure.ts';
import { parseDuration } from './directive.ts';
import { SessionRecorder } from './recorder.ts';
import { RunConnection } from './runConnection.ts';
import type { RunPorts } from './runPorts.ts';
import { LineResults } from './runResult.ts';
import type { DirectiveLine, ScriptConversation } from './script.ts';
import { fill, lookUp, type VariableScope } from './variables.ts';

export class RunContext {
  readonly conversation: ScriptConversation;
  readonly ports: RunPorts;
  readonly results: LineResults;
  readonly recorder: SessionRecorder;
  readonly captures = new Map<string, string>();
  readonly scope: VariableScope;
  readonly connection: RunConnection;
  /** The line that a failure is told at. */
  current: number;
  /** The @connect that has not been followed yet. */
  connectLine: DirectiveLine | null = null;
  /** The command whose reply comes after the octets that follow it: BDAT. */
  chunk: string | null = null;

  constructor(conversation: ScriptConversation, ports: RunPorts) {
    this.conversation = conversation;
    this.ports = ports;
    this.results = new LineResults(conversation, (result) => ports.onStep?.(result));
    this.recorder = new SessionRecorder(ports.clock);
    this.connection = new RunConnection(ports, this.recorder);
    this.current = conversation.firstLine;
    this.scope = {
      captures: this.captures,
      defined: definitions(conversation),
      given: ports.variables ?? {},
      environment: ports.environment ?? {},
      now: () => ports.clock.now(),
    };
  }

  /** With the values of its variables. */
  fill(text: string): string {
    return fill(text, this.scope);
  }

  /** Milliseconds. */
  duration(text: string): number {
    return this.valid(parseDuration(this.fill(text)), text);
  }

  /** The value, or Failure 'badArgument' where there is none; `text`: what it was to be read from. */
  valid<T>(value: T | null, text: string): T {
    if (value === null) throw new Failure('badArgument', `"${this.fill(text)}" is not what is expected here`);
    return value;
  }

  /** The value of a name in an S: line, in which what earlier S: lines captured is captured anew. */
  definedValue(name: string): string | undefined {
    return lookUp(name, { ...this.scope, captures: new Map() });
  }

  /** A setting of the file stands outside of the conversation and has no result. */
  isOwn(line: DirectiveLine): boolean {
    return this.conversation.lines.includes(line);
  }
}

function definitions({ inherited, lines }: ScriptConversation): Map<string, string> {
  const defined = new Map<string, string>();
  for (const line of [...inherited, ...lines])
    if (line.kind === 'directive' && line.directive?.name === 'var') defined.set(line.directive.variable, line.directive.value);
  return defined;
}
