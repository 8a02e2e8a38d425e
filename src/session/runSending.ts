// session: the steps of a run that send something, each up to the replies that it has.
import { Failure, messageOf } from '../base/failure.ts';
import { replyText } from '../smtp/reply.ts';
import type { TlsFacts } from '../smtp/tlsFacts.ts';
import { authenticate } from './authenticate.ts';
import { authMethods, isOneOf } from './directive.ts';
import { parseEscapes, stuffDots } from './octets.ts';
import { verbOf } from './parse.ts';
import type { CommandStep, ExchangeStep, GroupStep, MessageStep, OctetsStep, SendingStep, Step } from './plan.ts';
import type { RunContext } from './runContext.ts';
import { checkReply, readReplies, skipMessage } from './runReplies.ts';
import { fill } from './variables.ts';

/** `next`: the step after it. */
export function takeSending(run: RunContext, step: SendingStep, next: Step | undefined): Promise<void> {
  switch (step.kind) {
    case 'command':
      return takeCommand(run, step, next);
    case 'octets':
      return takeOctets(run, step);
    case 'message':
      return takeMessage(run, step);
    case 'file':
      return takeFile(run, step);
    case 'auth':
      return takeAuth(run, step);
    case 'group':
      return takeGroup(run, step);
  }
}

async function takeCommand(run: RunContext, step: CommandStep, next: Step | undefined): Promise<void> {
  const { connection } = run;
  const { line } = step.line;
  const command = run.fill(step.line.content);
  const wasInData = connection.state.phase === 'data';
  await connection.sendLine(command);
  if (wasInData) {
    const due = command === '.' ? repliesToData(run) : 0;
    return await readReplies(run, step, { line, command, due });
  }
  const verb = verbOf(command);
  if (verb === 'BDAT' && step.replies.length === 0 && (next?.kind === 'octets' || next?.kind === 'file')) {
    run.chunk = command;
    run.results.set(line, 'passed');
    return;
  }
  const isHello = verb === 'EHLO' || verb === 'LHLO';
  const tls = isHello && connection.wantsTls() ? await switchToTls(run, command) : null;
  await readReplies(run, step, { line, command, due: 1, tls });
}

/** RFC 3207: EHLO, STARTTLS, the handshake, and EHLO again, whose reply is left to be read. */
async function switchToTls({ connection }: RunContext, hello: string): Promise<TlsFacts> {
  connection.answered(hello, await connection.read());
  await connection.sendLine('STARTTLS');
  const reply = await connection.read();
  if (reply.code !== 220)
    throw new Failure('tlsRefused', `The server does not begin TLS: ${replyText(reply)}`, { reply: replyText(reply) });
  const facts = await connection.beginTls();
  await connection.sendLine(hello);
  return facts;
}

async function takeOctets(run: RunContext, step: OctetsStep): Promise<void> {
  const octets = octetsOf(run, step);
  const command = run.chunk ?? Buffer.from(octets).toString('latin1');
  const due = run.chunk === null ? 0 : 1;
  run.chunk = null;
  run.recorder.note(step.line.text.trim());
  await run.connection.send(octets);
  await readReplies(run, step, { line: step.line.line, command, due });
}

async function takeMessage(run: RunContext, step: MessageStep): Promise<void> {
  const last = step.lines.at(-1);
  if (!last?.isEnd) throw new Failure('badLine', 'The message has no end: a line with a single dot');
  if (run.connection.state.phase !== 'data') return skipMessage(run, last.line, step.replies);
  const lines = step.lines.map((line) => fill(line.content, run.scope, 'keep'));
  for (const line of lines) run.recorder.sentData(line);
  await run.connection.send(Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf8'));
  run.current = last.line;
  await readReplies(run, step, { line: last.line, command: '.', due: repliesToData(run) });
}

async function takeFile(run: RunContext, step: ExchangeStep): Promise<void> {
  const { line, directive } = step.line;
  if (directive?.name !== 'data') return;
  const path = run.fill(directive.path);
  const isInData = run.connection.state.phase === 'data';
  if (!isInData && run.chunk === null) return skipMessage(run, line, step.replies);
  const file = await readFile(run, path);
  run.recorder.note(`@data ${path}`);
  const command = run.chunk ?? '.';
  const due = run.chunk === null ? repliesToData(run) : 1;
  run.chunk = null;
  await run.connection.send(isInData ? Buffer.concat([stuffDots(file), Buffer.from('.\r\n')]) : file);
  await readReplies(run, step, { line, command, due });
}

async function readFile({ ports }: RunContext, path: string): Promise<Uint8Array> {
  try {
    return await ports.readFile(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('fileNotRead', `${path} cannot be read: ${messageOf(error)}`, { path }, error);
  }
}

async function takeAuth(run: RunContext, step: ExchangeStep): Promise<void> {
  const { connection } = run;
  const { line, directive } = step.line;
  if (directive?.name !== 'auth') return;
  const name = run.fill(directive.method).toLowerCase();
  const method = run.valid(isOneOf(authMethods, name) ? name : null, name);
  const login = { method, user: run.fill(directive.user), secret: run.fill(directive.secret) };
  const reply = await authenticate(login, async (text, isAnswer) => {
    await connection.sendLine(text, isAnswer);
    const answer = await connection.read();
    connection.answered(text, answer);
    return answer;
  });
  run.results.set(line, 'passed', step.replies.length === 0 ? { reply, ms: reply.ms } : {});
  checkReply(run, step.replies[0], reply);
  for (const expected of step.replies.slice(1)) checkReply(run, expected, await connection.read());
}

async function takeGroup(run: RunContext, step: GroupStep): Promise<void> {
  const sent = step.items.map((item) => {
    if (item.kind === 'octets') return { item, command: null, octets: octetsOf(run, item) };
    const command = run.fill(item.line.content);
    return { item, command, octets: Buffer.from(`${command}\r\n`, 'utf8') };
  });
  for (const { item, command } of sent) {
    if (command === null) run.recorder.note(item.line.text.trim());
    else run.recorder.sent(command, false);
  }
  await run.connection.send(Buffer.concat(sent.map(({ octets }) => octets)));
  for (const { item, command } of sent) {
    const { line } = item.line;
    run.current = line;
    if (command === null) run.results.set(line, 'passed');
    else await readReplies(run, item, { line, command, due: 1 });
  }
  for (const expected of step.replies) checkReply(run, expected, await run.connection.read());
}

function octetsOf(run: RunContext, { line }: OctetsStep): Uint8Array {
  if (line.directive?.name === 'bytes') return parseEscapes(run.fill(line.directive.escaped)).octets;
  return Buffer.from(run.fill(line.argument), 'utf8');
}

/** RFC 2033 section 4.2: LMTP answers for each recipient that was accepted. */
function repliesToData({ connection: { state } }: RunContext): number {
  return state.isLmtp ? Math.max(1, state.acceptedRecipients) : 1;
}
