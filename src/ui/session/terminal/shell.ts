// ui/session: the person's side of a session: asks for line after line, gives each to the conversation or to a command of ours, and prints what happens.
// Without `vscode`, so that a whole session can be tested in plain Node.
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { messageOf } from '../../../base/failure.ts';
import { type AuthMethod, printTarget } from '../../../session/directive.ts';
import type { FilledSnippet } from '../../../session/expandSnippet.ts';
import { InteractiveSession, type SessionPorts } from '../../../session/interactive.ts';
import { stuffDots } from '../../../session/octets.ts';
import type { SessionEvent, SessionMode, SessionTarget } from '../../../session/sessionEvents.ts';
import type { Localizer } from '../../l10n.ts';
import { bold, cyan, faint, red } from './colors.ts';
import { type Completer, type Completion, completeSlash } from './completion.ts';
import { cutToWidth } from './displayWidth.ts';
import { LineEditor } from './lineEditor.ts';
import type { LineAnswer, LineQuestion } from './lineQuestion.ts';
import { playScript } from './play.ts';
import { clientMark, explanation, promptOf, type RenderOptions, renderEvent } from './render.ts';
import { type ScriptEntry, scriptEntries } from './scriptLines.ts';
import { parseSlashCommand, type SlashCommand, slashHelp } from './slashCommands.ts';

export interface ShellPorts extends SessionPorts {
  readonly l10n: Localizer;
  readonly write: (text: string) => void;
  readonly history: { read(): readonly string[]; write(lines: readonly string[]): void };
  readonly completer: Completer;
  readonly explain: RenderOptions['explain'];
  /** What a code means, "550" or "4.7.1"; null: it is none. */
  readonly explainCode: (code: string) => readonly string[] | null;
  /** Lets the person choose a file; undefined: none. */
  readonly chooseFile: (kind: 'eml' | 'smtp') => Promise<string | undefined>;
  /** An absolute path of what the person wrote. */
  readonly resolvePath: (path: string) => string;
  readonly save: (script: string) => Promise<void>;
  readonly onDidConnectTo: (target: SessionTarget) => void;
  /** A mail was accepted; its reply may name it. The lines that come back are printed. */
  readonly onDidSend: (text: string, target: SessionTarget) => Promise<readonly string[]>;
  /** The session is over; called once. */
  readonly onDidEnd: () => void;
}

/** What goes there leaves the machine nowhere. */
const loopback = /^(?:localhost|127\.[0-9.]+|::1)$/i;
/** Octets; a larger file is no mail. */
const maxFile = 100 * 1024 * 1024;
/** Octets of a file of conversations. */
const maxScript = 4 * 1024 * 1024;

export class SessionShell implements Disposable {
  readonly session: InteractiveSession;
  private readonly ports: ShellPorts;
  private readonly owned = new DisposableStore();
  private readonly editor: LineEditor;
  /** How the last line was asked for. */
  private lastKind: LineQuestion['kind'] = 'line';
  /** For a line of the conversation, not for one of our own questions. */
  private isAsking = false;
  /** Ctrl+C in an empty line was the last thing that happened. */
  private isEnding = false;
  private isOver = false;
  private playing: AbortController | undefined;

  constructor(ports: ShellPorts) {
    const { l10n } = ports;
    this.ports = ports;
    this.session = this.owned.add(new InteractiveSession(ports));
    this.editor = this.owned.add(
      new LineEditor({
        write: ports.write,
        history: ports.history.read(),
        onDidChangeHistory: (lines) => ports.history.write(lines),
        onInterrupt: () => this.cancel(),
        hints: {
          complete: l10n.t('Tab next, Enter take, Esc close'),
          search: l10n.t('Ctrl+R next, Enter take, Esc close'),
        },
      }),
    );
    this.owned.add(this.session.onDidHappen((event) => this.show(event)));
  }

  /** Resolves when the session is over; never rejects. */
  async run(target: SessionTarget, first: () => Promise<void> = async () => {}): Promise<void> {
    const { l10n } = this.ports;
    this.say(`${bold(l10n.t('Mailroom SMTP session'))}  ${faint(l10n.t('Tab completes, /help lists the commands, Ctrl+C twice ends it'))}`);
    await this.connect(target);
    await this.guard(first);
    while (!this.isOver) await this.guard(() => this.step());
  }

  type(data: string): void {
    this.editor.type(data);
  }

  resize(columns: number, rows: number): void {
    this.editor.resize(columns, rows);
  }

  /** Opens what was said so far as a script. */
  async save(): Promise<void> {
    const { target, record } = this.session;
    await this.ports.save(record.print(this.ports.l10n.t('A session with {0}', target ? printTarget(target) : '')));
  }

  say(...lines: readonly string[]): void {
    if (lines.length > 0) this.editor.say(lines.join('\n'));
  }

  dispose(): void {
    this.isOver = true;
    this.playing?.abort();
    this.owned.dispose();
  }

  private cancel(): void {
    this.playing?.abort();
    this.session.cancel();
  }

  private async step(): Promise<void> {
    const answer = await this.askLine();
    if (answer.kind === 'end') return this.finish();
    if (answer.kind === 'interrupt') {
      if (this.isEnding) return this.finish();
      this.isEnding = true;
      this.note(this.ports.l10n.t('Ctrl+C once more ends the session.'));
      return;
    }
    this.isEnding = false;
    if (answer.kind === 'entry') return this.fillIn(answer.entry as Completion);
    await this.take(answer.text);
  }

  private async askLine(text = ''): Promise<LineAnswer> {
    const question = this.question(this.session.mode);
    this.lastKind = question.kind;
    this.isAsking = true;
    const answer = await this.editor.ask({ ...question, text });
    this.isAsking = false;
    return answer;
  }

  private question(mode: SessionMode): LineQuestion {
    // Asked when the line was entered: a late reply may have made it the answer to a challenge.
    const isRemembered = (line: string): boolean =>
      ['command', 'closed'].includes(this.session.mode.kind) && line.trim() !== '' && !/^\s*AUTH\s+\S+\s+\S/i.test(line);
    const complete = (line: string): readonly Completion[] =>
      line.startsWith('/') || this.session.mode.kind === 'closed'
        ? completeSlash(line, this.ports.l10n)
        : this.ports.completer(line, this.session.state);
    switch (mode.kind) {
      case 'command':
        return { prompt: `${clientMark} `, kind: 'line', complete, isRemembered };
      case 'closed':
        return { prompt: faint('> '), kind: 'line', complete, isRemembered };
      case 'data':
        return { prompt: `${promptOf(mode.line)} `, kind: 'line', isRemembered: () => false };
      case 'chunk':
        return { prompt: `${cyan(`BDAT ${mode.left}>`)} `, kind: 'line', isRemembered: () => false };
      case 'answer':
        return { prompt: `${clientMark} `, kind: mode.isSecret ? 'secret' : 'line', isRemembered: () => false };
    }
  }

  private async take(line: string): Promise<void> {
    const { mode } = this.session;
    const isOurs = line.startsWith('/') && (mode.kind === 'command' || mode.kind === 'closed');
    if (isOurs) return this.obey(line);
    if (mode.kind === 'closed') {
      if (line !== '') this.note(this.ports.l10n.t('Not connected. /connect connects again.'));
      return;
    }
    await this.session.enter(line);
  }

  /** Asks for each placeholder in turn; then one line stands in the prompt, and several are entered one after the other. */
  private async fillIn({ snippet }: Completion): Promise<void> {
    if (!snippet) return;
    const answers = new Map<number, string>();
    for (let step = snippet.next(answers); step; step = snippet.next(answers)) {
      const { index, defaultText, choices } = step;
      const words = choices.length > 0 ? choices.join(' | ') : defaultText;
      const place = lineAround(snippet, answers, index);
      const prompt = `   ${faint(place)} ${words === '' ? '' : `[${cutToWidth(words, 60)}] `}`;
      const answer = await this.editor.ask({ prompt, kind: 'answer' });
      if (answer.kind !== 'line') return;
      answers.set(index, answer.text === '' ? defaultText : answer.text);
    }
    await this.enterText(snippet.render(answers));
  }

  private async enterText(text: string): Promise<void> {
    const { host = '', port = 0 } = this.session.target ?? {};
    const entries = scriptEntries(text, { host, port: String(port) }, Date.now());
    const [first] = entries;
    if (entries.length === 1 && first?.kind === 'line') {
      const answer = await this.askLine(first.text);
      if (answer.kind === 'line') await this.take(answer.text);
      else if (answer.kind === 'entry') await this.fillIn(answer.entry as Completion);
      return;
    }
    await this.enterAll(entries);
  }

  private async enterAll(entries: readonly ScriptEntry[]): Promise<void> {
    const playing = new AbortController();
    this.playing = playing;
    for (const [index, entry] of entries.entries()) {
      const { kind } = this.session.mode;
      // A message that the server does not want would be taken for commands.
      const isUnwanted = (entry.kind === 'file' || (entry.kind === 'line' && entry.isData)) && kind !== 'data';
      if (kind === 'closed' || isUnwanted || playing.signal.aborted) {
        this.note(this.ports.l10n.t('Not sent: {0} more lines.', entries.length - index));
        break;
      }
      if (entry.kind === 'line') await this.session.enter(entry.text, false);
      else if (entry.kind === 'file') await this.sendFile(entry.path);
      else await this.session.sendOctets(entry.octets, entry.escaped);
    }
    this.playing = undefined;
  }

  private async obey(line: string): Promise<void> {
    const { l10n } = this.ports;
    const command = parseSlashCommand(line, l10n);
    if ('problem' in command) {
      this.complain(`${command.problem}.`);
      return;
    }
    await this.execute(command);
  }

  private async execute(command: SlashCommand): Promise<void> {
    const { l10n } = this.ports;
    switch (command.name) {
      case 'tls':
        return this.session.enter('STARTTLS', false);
      case 'auth':
        return this.logIn(command.method, command.user);
      case 'data':
        return this.sendFile(command.path);
      case 'raw':
        return this.session.sendOctets(command.octets, command.escaped);
      case 'connect': {
        const target = command.target ?? this.session.target;
        return target ? this.connect(target) : undefined;
      }
      case 'save':
        return this.save();
      case 'replay':
        return this.replay(command.path);
      case 'explain': {
        const sentences = this.ports.explainCode(command.code) ?? [l10n.t('{0} is no code: 550 or 4.7.1 would be.', command.code)];
        for (const sentence of sentences) this.note(sentence);
        return;
      }
      case 'help':
        return this.help();
      case 'quit':
        if (this.session.mode.kind === 'command') await this.session.enter('QUIT', false);
        return this.finish();
    }
  }

  private async connect(target: SessionTarget): Promise<void> {
    this.ports.onDidConnectTo(target);
    await this.session.connect(target);
  }

  private async logIn(method: AuthMethod, name: string): Promise<void> {
    const { l10n } = this.ports;
    if (this.session.mode.kind !== 'command') return;
    if (!this.session.state.isEncrypted && !loopback.test(this.session.target?.host ?? ''))
      this.note(l10n.t('This connection is not encrypted: the password can be read on the way. /tls encrypts it.'));
    const asked =
      name === '' ? await this.editor.ask({ prompt: `   ${l10n.t('User')}: `, kind: 'answer' }) : { kind: 'line' as const, text: name };
    if (asked.kind !== 'line' || asked.text === '') return;
    const user = asked.text;
    const what = method === 'xoauth2' ? l10n.t('Access token') : l10n.t('Password');
    const answer = await this.editor.ask({ prompt: `   ${what}: `, kind: 'secret' });
    if (answer.kind !== 'line') return;
    await this.session.logIn({ method, user, secret: answer.text });
  }

  private async sendFile(written: string): Promise<void> {
    const path = written === '' ? await this.ports.chooseFile('eml') : this.ports.resolvePath(written);
    if (path === undefined) return;
    const octets = await this.read(path, maxFile);
    if (octets) await this.session.sendMessage(stuffDots(octets), path);
  }

  private async replay(written: string): Promise<void> {
    const path = written === '' ? await this.ports.chooseFile('smtp') : this.ports.resolvePath(written);
    if (path === undefined) return;
    const octets = await this.read(path, maxScript);
    if (octets) await this.play(octets.toString('utf8'), path);
  }

  /** Runs a file's conversations, or one of them; Ctrl+C stops that. Relative paths in it are of its folder. */
  async play(text: string, path: string, index?: number): Promise<void> {
    const playing = new AbortController();
    this.playing = playing;
    const { target } = this.session;
    try {
      await playScript(text, index, {
        connect: this.ports.connect,
        clock: this.ports.clock ?? systemClock,
        l10n: this.ports.l10n,
        readFile: async (file) => (await this.read(resolve(dirname(path), file), maxFile)) ?? Promise.reject(new Error(file)),
        variables: target ? { host: target.host, port: String(target.port) } : {},
        signal: playing.signal,
        say: (...lines) => this.say(...lines),
        title: basename(path),
      });
    } finally {
      this.playing = undefined;
    }
  }

  private async read(path: string, limit: number): Promise<Buffer | undefined> {
    const { l10n } = this.ports;
    try {
      const { size } = await stat(path);
      if (size <= limit) return await readFile(path);
      this.complain(l10n.t('{0} is too large.', path));
    } catch (error) {
      this.complain(l10n.t('{0} cannot be read: {1}', path, messageOf(error)));
    }
    return undefined;
  }

  private help(): void {
    const { l10n } = this.ports;
    for (const { syntax, meaning } of slashHelp(l10n)) this.say(`   ${syntax.padEnd(44)}${faint(meaning)}`);
    this.note(
      l10n.t(
        'Everything else is sent as you type it. Tab completes, Ctrl+R finds what was typed before, Ctrl+C stops waiting or clears the line.',
      ),
    );
  }

  private note(text: string): void {
    this.say(...explanation(text, this.editor.columns).map(faint));
  }

  private complain(text: string): void {
    this.say(...explanation(text, this.editor.columns).map(red));
  }

  private show(event: SessionEvent): void {
    if (event.kind === 'client' && event.isTyped && event.isMasked && this.lastKind !== 'secret') {
      this.editor.hideLast(`${clientMark} ${event.text}`);
    }
    // The server may hang up, or speak at last, while a line is being typed.
    if (this.isAsking) this.editor.changePrompt(this.question(this.session.mode).prompt);
    const { columns } = this.editor;
    this.say(...renderEvent(event, { ...this.ports, columns }));
    if (event.kind !== 'reply' || (event.reply.code ?? 0) !== 250 || !['.', 'BDAT'].includes(event.command ?? '')) return;
    const { target } = this.session;
    if (target)
      void this.ports.onDidSend(event.reply.lines.at(-1)?.text ?? '', target).then(
        (lines) => this.say(...lines),
        () => {},
      );
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.session.close();
    this.ports.onDidEnd();
  }

  /** Whatever goes wrong is printed, and the next line is asked for. */
  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.complain(messageOf(error));
    }
  }
}

/** The line of the snippet in which the placeholder stands, with the placeholder marked. */
function lineAround(snippet: FilledSnippet, answers: ReadonlyMap<number, string>, index: number): string {
  const mark = '‹›';
  const lines = snippet.render(new Map([...answers, [index, mark]])).split('\n');
  return cutToWidth(lines.find((line) => line.includes(mark)) ?? mark, 50);
}
