// A server that plays the S: lines of a conversation, for examples of RFCs that our own server has no answers for.

import { once } from 'node:events';
import net from 'node:net';
import { parseEscapes } from '../../../src/session/octets.ts';
import { type ExpectedReply, planConversation, type Step } from '../../../src/session/plan.ts';
import type { ScriptConversation } from '../../../src/session/script.ts';

export interface Playback extends AsyncDisposable {
  readonly port: number;
  /** Everything that the client sent. */
  heard(): string;
}

interface Turn {
  /** Octets that must have come since the last turn. */
  readonly octets: number;
  readonly say: string;
}

export async function play(conversation: ScriptConversation): Promise<Playback> {
  const turns = planConversation(conversation).flatMap(turnsOf);
  let heard = '';
  const server = net.createServer((socket) => {
    let due = 0;
    let next = 0;
    const answer = (): void => {
      for (let turn = turns[next]; turn && heard.length >= due + turn.octets; turn = turns[next]) {
        due += turn.octets;
        socket.write(turn.say);
        next++;
      }
    };
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      answer();
    });
    answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    heard: () => heard,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function turnsOf(step: Step): Turn[] {
  switch (step.kind) {
    case 'setting':
      return [];
    case 'greeting':
      return [{ octets: 0, say: say(step.replies) }];
    case 'command':
      return [{ octets: step.line.content.length + 2, say: say(step.replies) }];
    case 'message':
      return [{ octets: step.lines.reduce((sum, { content }) => sum + content.length + 2, 0), say: say(step.replies) }];
    case 'octets':
      return [{ octets: parseEscapes(step.line.argument).octets.length, say: say(step.replies) }];
    case 'group':
      return step.items.flatMap(turnsOf);
    default:
      throw new Error(`No playback of ${step.kind}`);
  }
}

function say(replies: readonly ExpectedReply[]): string {
  return replies
    .map((lines) =>
      // "250-SIZE" alone means that there is such a line; a reply must end all the same.
      lines.map(({ content }, index) => (index === lines.length - 1 ? content.replace('-', ' ') : content)).join('\r\n'),
    )
    .map((reply) => `${reply}\r\n`)
    .join('');
}
