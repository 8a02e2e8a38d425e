// peers: the smallest client that still tells its caller each reply: for tests that must know which mail got its 250, and when.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Mail } from './mail.ts';

export class SmtpConnection {
  private readonly socket: Socket;
  private received = '';
  private waiting: { resolve(reply: string): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.answer();
    });
    // Whoever waits hears it; nobody waiting is a connection that was not needed any more.
    socket.on('error', () => {});
    socket.on('close', () => this.waiting?.reject(new Error('The connection was closed')));
  }

  /** Connects to 127.0.0.1, reads the greeting and says EHLO. */
  static async open(port: number): Promise<SmtpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const connection = new SmtpConnection(socket);
    await connection.expect('220');
    await connection.say('EHLO client.test', '250');
    return connection;
  }

  /** Sends one mail (without PIPELINING) and resolves to the reply to its end of data, "250 …". Rejects on any other reply and when the connection breaks. */
  async send(mail: Omit<Mail, 'port'>): Promise<string> {
    await this.say(`MAIL FROM:<${mail.from}>`, '250');
    await this.say(`RCPT TO:<${mail.to}>`, '250');
    await this.say('DATA', '354');
    const stuffed = Buffer.from(mail.message).toString('latin1').replace(/^\./gm, '..');
    this.socket.write(`${stuffed}.\r\n`, 'latin1');
    return this.expect('250');
  }

  close(): void {
    this.socket.end('QUIT\r\n');
  }

  private say(line: string, code: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.expect(code);
  }

  private async expect(code: string): Promise<string> {
    const reply = await new Promise<string>((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('The connection was closed'));
      this.waiting = { resolve, reject };
      this.answer();
    });
    if (!reply.startsWith(code)) throw new Error(`Expected ${code}, was answered ${reply}`);
    return reply;
  }

  /** Gives the reply, which may have several lines, to whoever waits for it (RFC 5321 section 4.2.1). */
  private answer(): void {
    const end = /^\d{3}(?: .*)?\r\n/m.exec(this.received);
    if (!end || !this.waiting) return;
    const length = end.index + end[0].length;
    const reply = this.received.slice(0, length).trimEnd();
    this.received = this.received.slice(length);
    const { resolve } = this.waiting;
    this.waiting = undefined;
    resolve(reply);
  }
}
