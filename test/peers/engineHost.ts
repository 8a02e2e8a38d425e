// peers: a process that hosts the engine as an extension host does, to be killed by the kill test:
// `node engineHost.ts <engine.cjs> <drop folder> <index file>` prints the port it listens on as one line and runs until it is ended.
import { startEngine } from '../../src/engine/client.ts';
import { mailboxOptions, serverOptions } from './engineOptions.ts';

const [script, dropFolder, indexFile] = process.argv.slice(2);
if (!script || !dropFolder || !indexFile) throw new Error('Usage: node engineHost.ts <engine.cjs> <drop folder> <index file>');

const complain = (message: string): void => void process.stderr.write(`${message}\n`);
const engine = startEngine({ script, log: { trace() {}, debug() {}, info() {}, warn: complain, error: complain } });
await engine.api.openMailbox(mailboxOptions(dropFolder, indexFile));
const state = await engine.api.startServer(serverOptions(0));
if (state.kind !== 'listening') throw new Error(`The server does not listen: ${JSON.stringify(state)}`);
process.stdout.write(`${state.port}\n`);
