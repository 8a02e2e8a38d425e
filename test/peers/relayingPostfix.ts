// peers: a program: Postfix that sends on what its open port takes, to the port of 127.0.0.1 that is its argument. Prints {"open": port, "smtp": port}, or
// {"skipped": why}, and ends when its input does. For tests that run in a program which cannot load the peers themselves.
import { once } from 'node:events';
import { isSkipped } from './cache.ts';
import { startPostfix } from './postfixServer.ts';

const postfix = await startPostfix({ nextPort: Number(process.argv[2]) });
console.log(JSON.stringify(isSkipped(postfix) ? postfix : { open: postfix.ports.open, smtp: postfix.ports.smtp }));
if (!isSkipped(postfix)) {
  await once(process.stdin.resume(), 'end');
  await postfix.stop();
}
