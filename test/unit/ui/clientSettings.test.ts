// ui/server: what is pasted into applications.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientSettings, hostForClients } from '../../../src/ui/server/clientSettings.ts';

const textOf = (id: string, host = 'localhost', port = 1025): string =>
  clientSettings(host, port).find((entry) => entry.id === id)?.text ?? '';

describe('settings for applications', () => {
  test('are there for every framework that is promised', () => {
    assert.deepEqual(
      clientSettings('localhost', 1025).map((entry) => entry.label),
      [
        'nodemailer',
        '.NET SmtpClient',
        'Django',
        'Rails',
        'Laravel',
        'Symfony',
        'Spring Boot',
        'Go',
        'PHP mail()',
        'Python smtplib',
        'WordPress',
      ],
    );
  });
  test('all name the host and the port of now', () => {
    for (const { id, text } of clientSettings('192.0.2.7', 2601)) {
      assert.ok(text.includes('192.0.2.7') && text.includes('2601'), id);
      assert.ok(!text.includes('localhost') && !text.includes('1025'), id);
    }
  });
  test('put an IPv6 address into brackets where a port follows', () => {
    assert.equal(textOf('symfony', '::1'), 'MAILER_DSN=smtp://[::1]:1025\n');
    assert.match(textOf('go', '::1'), /"\[::1\]:1025"/);
    assert.match(textOf('python', '::1'), /SMTP\("::1", 1025\)/);
  });
  test('never ask for encryption', () => {
    assert.match(textOf('nodemailer'), /secure: false/);
    assert.match(textOf('dotnet'), /EnableSsl = false/);
    assert.match(textOf('django'), /EMAIL_USE_TLS = False\nEMAIL_USE_SSL = False/);
    assert.match(textOf('laravel'), /MAIL_SCHEME=null/);
    assert.match(textOf('spring'), /starttls\.enable=false/);
    assert.match(textOf('wordpress'), /SMTPAutoTLS = false/);
    assert.match(textOf('php'), /--tls=off/);
  });
  test('name a host that an application can connect to', () => {
    assert.equal(hostForClients('0.0.0.0'), 'localhost');
    assert.equal(hostForClients('::'), 'localhost');
    assert.equal(hostForClients('127.0.0.1'), '127.0.0.1');
  });
});
