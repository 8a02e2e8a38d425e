// ui/session: the person's side of a session: asks for line after line, gives each to the conversation or to a command of ours, and prints what happens.
// Without `vscode`, so that a whole session can be tested in plain Node.
import { basename, dirname, resolve } from 'node:path';
import { systemClock } from '../../../base/clock.ts';
import { type Disposable, DisposableStore } from '../../../base/disposable.ts';
import { messageOf } from '../../../base/failure.ts';
import { type AuthMethod, printTarget } from '../../../session/directive.ts';
import { InteractiveSession } from '../../../session/interactive.ts';
import { stuffDots } from '../../../session/octets.ts';
import type { SessionEvent, SessionTarget } from '../../../session/sessionEvents.ts';
import { askLogin } from './askLogin.ts';
import { bold, faint, red } from './colors.ts';
import type { Completion } from './completion.ts';
import { enterEntries } from './enterEntries.ts';
import { fillSnippet } from './fillSnippet.ts';
import { LineEditor } from './lineEditor.ts';
import type { LineAnswer, LineQuestion } from './lineQuestion.ts';
import { questionOf } from './lineQuestions.ts';
import { playScript } from './play.ts';
import { maxMailFile, maxScriptFile, readLocalFile } from './readLocalFile.ts';
import { clientMark, explanation, renderEvent } from './render.ts';
import { scriptEntries } from './scriptLines.ts';
import type { CheckKind, ShellPorts } from './shellPorts.ts';
import { parseSlashCommand, type SlashCommand, slashHelp } from './slashCommands.ts';

/** What goes there leaves the machine nowhere. */
const loopback = /^(?:localhost|127\.[0-9.]+|::1)$/i;
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

  /** Of the server that this session is or was connected to. */
  check(kind: CheckKind): void {
    const { target } = this.session;
    if (!target) return;
    const { l10n } = this.ports;
    const host = printTarget(target);
    this.note(
      kind === 'server'
        ? l10n.t('The check of {0} has connections of its own and opens its report in a tab.', host)
        : l10n.t('The test of {0} for open relay has connections of its own and opens its report in a tab.', host),
    );
    this.ports.check(kind, target);
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
    const question = questionOf(this.session, this.ports);
    this.lastKind = question.kind;
    this.isAsking = true;
    const answer = await this.editor.ask({ ...question, text });
    this.isAsking = false;
    return answer;
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
    const text = await fillSnippet(snippet, (prompt) => this.editor.ask({ prompt, kind: 'answer' }));
    if (text !== undefined) await this.enterText(text);
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
    const { signal } = this.begin();
    const sendFile = (path: string): Promise<void> => this.sendFile(path);
    const left = await enterEntries(entries, this.session, { sendFile, signal });
    if (left > 0) this.note(this.ports.l10n.t('Not sent: {0} more lines.', left));
    this.playing = undefined;
  }

  /** Something that takes several lines, which Ctrl+C stops. */
  private begin(): AbortController {
    this.playing = new AbortController();
    return this.playing;
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
      case 'check':
        return this.check('server');
      case 'relay':
        return this.check('relay');
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
    const { mode, state, target } = this.session;
    if (mode.kind !== 'command') return;
    const { l10n } = this.ports;
    if (!state.isEncrypted && !loopback.test(target?.host ?? ''))
      this.note(l10n.t('This connection is not encrypted: the password can be read on the way. /tls encrypts it.'));
    const login = await askLogin(method, name, (question) => this.editor.ask(question), l10n);
    if (login) await this.session.logIn(login);
  }

  private async sendFile(written: string): Promise<void> {
    const path = written === '' ? await this.ports.chooseFile('eml') : this.ports.resolvePath(written);
    if (path === undefined) return;
    const octets = await this.read(path, maxMailFile);
    if (octets) await this.session.sendMessage(stuffDots(octets), path);
  }

  private async replay(written: string): Promise<void> {
    const path = written === '' ? await this.ports.chooseFile('smtp') : this.ports.resolvePath(written);
    if (path === undefined) return;
    const octets = await this.read(path, maxScriptFile);
    if (octets) await this.play(octets.toString('utf8'), path);
  }

  /** Runs a file's conversations, or one of them; Ctrl+C stops that. Relative paths in it are of its folder. */
  async play(text: string, path: string, index?: number): Promise<void> {
    const { signal } = this.begin();
    const { target } = this.session;
    try {
      await playScript(text, index, {
        connect: this.ports.connect,
        clock: this.ports.clock ?? systemClock,
        l10n: this.ports.l10n,
        readFile: async (file) => (await this.read(resolve(dirname(path), file), maxMailFile)) ?? Promise.reject(new Error(file)),
        variables: target ? { host: target.host, port: String(target.port) } : {},
        signal,
        say: (...lines) => this.say(...lines),
        title: basename(path),
      });
    } finally {
      this.playing = undefined;
    }
  }

  private async read(path: string, limit: number): Promise<Buffer | undefined> {
    const found = await readLocalFile(path, limit, this.ports.l10n);
    if (typeof found !== 'string') return found;
    this.complain(found);
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
    if (this.isAsking) this.editor.changePrompt(questionOf(this.session, this.ports).prompt);
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
