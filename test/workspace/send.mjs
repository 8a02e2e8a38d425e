// Sends one mail to the local mail server, with nothing but Node: what a mail library does below the surface.
import net from 'node:net';

const port = Number(process.argv[2] ?? 1025);
const message = [
  'From: Sample Shop <shop@app.test>',
  'To: Ada <ada@example.test>',
  'Subject: Your order is on its way',
  `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
  `Message-ID: <${Date.now()}@app.test>`,
  'MIME-Version: 1.0',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<h1>Thank you, Ada</h1>',
  '<p>Your parcel left our <em>mail room</em> this morning.</p>',
];
const commands = ['EHLO app.test', 'MAIL FROM:<shop@app.test>', 'RCPT TO:<ada@example.test>', 'DATA', [...message, '.'].join('\r\n'), 'QUIT'];

const socket = net.connect(port, '127.0.0.1');
socket.on('error', (error) => {
  console.error(`Nothing takes mail at 127.0.0.1:${port} (${error.code}). Is the Mailroom server started?`);
  process.exitCode = 1;
});
let received = '';
socket.setEncoding('utf8').on('data', (text) => {
  received += text;
  // A reply ends with a line whose code is followed by a space (RFC 5321 section 4.2).
  for (let reply = /^(?:\d{3}-.*\r\n)*(\d{3})(?: .*)?\r\n/.exec(received); reply !== null; reply = /^(?:\d{3}-.*\r\n)*(\d{3})(?: .*)?\r\n/.exec(received)) {
    received = received.slice(reply[0].length);
    process.stdout.write(reply[0]);
    if (reply[1] >= '400') {
      process.exitCode = 1;
      commands.splice(0, commands.length, 'QUIT');
    }
    const command = commands.shift();
    if (command !== undefined) socket.write(`${command}\r\n`);
  }
});
