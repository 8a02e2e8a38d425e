// ui/server: what to paste into an application so that it sends to this mailroom, for each framework. Pure text.
import { bracketed } from '../stateWords.ts';

export interface ClientSettings {
  readonly id: string;
  /** The framework's own name; not translated. */
  readonly label: string;
  /** The file into which the text belongs, or '' for the place in the program where mail is sent. */
  readonly file: string;
  readonly text: string;
}

/** `host` is a name or an IP address. No encryption and no login everywhere: both would only be one more thing that can fail. */
export function clientSettings(host: string, port: number): readonly ClientSettings[] {
  const authority = `${bracketed(host)}:${port}`;
  return [
    {
      id: 'nodemailer',
      label: 'nodemailer',
      file: '',
      text: `const transport = nodemailer.createTransport({\n  host: '${host}',\n  port: ${port},\n  secure: false,\n});\n`,
    },
    {
      id: 'dotnet',
      label: '.NET SmtpClient',
      file: '',
      text: `using System.Net.Mail;\n\nusing var client = new SmtpClient("${host}", ${port}) { EnableSsl = false };\n`,
    },
    {
      id: 'django',
      label: 'Django',
      file: 'settings.py',
      text: [
        'EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"',
        `EMAIL_HOST = "${host}"`,
        `EMAIL_PORT = ${port}`,
        'EMAIL_HOST_USER = ""',
        'EMAIL_HOST_PASSWORD = ""',
        'EMAIL_USE_TLS = False',
        'EMAIL_USE_SSL = False',
        '',
      ].join('\n'),
    },
    {
      id: 'rails',
      label: 'Rails',
      file: 'config/environments/development.rb',
      text: [
        'config.action_mailer.delivery_method = :smtp',
        `config.action_mailer.smtp_settings = { address: "${host}", port: ${port} }`,
        'config.action_mailer.perform_deliveries = true',
        'config.action_mailer.raise_delivery_errors = true',
        '',
      ].join('\n'),
    },
    {
      id: 'laravel',
      label: 'Laravel',
      file: '.env',
      // MAIL_SCHEME took the place of MAIL_ENCRYPTION in Laravel 11; null is right for both.
      text: [
        'MAIL_MAILER=smtp',
        'MAIL_SCHEME=null',
        'MAIL_ENCRYPTION=null',
        `MAIL_HOST=${bracketed(host)}`,
        `MAIL_PORT=${port}`,
        'MAIL_USERNAME=null',
        'MAIL_PASSWORD=null',
        '',
      ].join('\n'),
    },
    { id: 'symfony', label: 'Symfony', file: '.env.local', text: `MAILER_DSN=smtp://${authority}\n` },
    {
      id: 'spring',
      label: 'Spring Boot',
      file: 'application.properties',
      text: [
        `spring.mail.host=${host}`,
        `spring.mail.port=${port}`,
        'spring.mail.properties.mail.smtp.auth=false',
        'spring.mail.properties.mail.smtp.starttls.enable=false',
        '',
      ].join('\n'),
    },
    {
      id: 'go',
      label: 'Go',
      file: '',
      text: `// import "net/smtp"; nil: no login\nerr := smtp.SendMail("${authority}", nil, from, []string{to}, message)\n`,
    },
    {
      id: 'php',
      label: 'PHP mail()',
      file: 'php.ini',
      text: [
        '[mail function]',
        '; Windows',
        `SMTP = ${host}`,
        `smtp_port = ${port}`,
        'sendmail_from = app@example.test',
        '; Linux and macOS: PHP hands mail to a program; this one is msmtp',
        `sendmail_path = "msmtp --host=${host} --port=${port} --auth=off --tls=off --from=app@example.test --read-recipients"`,
        '',
      ].join('\n'),
    },
    {
      id: 'python',
      label: 'Python smtplib',
      file: '',
      text: `import smtplib\n\nwith smtplib.SMTP("${host}", ${port}) as smtp:\n    smtp.send_message(message)\n`,
    },
    {
      id: 'wordpress',
      label: 'WordPress',
      file: 'wp-content/mu-plugins/mailroom.php',
      text: [
        '<?php',
        "add_action( 'phpmailer_init', function ( $phpmailer ) {",
        '\t$phpmailer->isSMTP();',
        `\t$phpmailer->Host        = '${host}';`,
        `\t$phpmailer->Port        = ${port};`,
        '\t$phpmailer->SMTPAuth    = false;',
        "\t$phpmailer->SMTPSecure  = '';",
        '\t$phpmailer->SMTPAutoTLS = false;',
        '} );',
        '',
      ].join('\n'),
    },
  ];
}

/** The name under which an application on this machine reaches a server that listens on `host` (the setting). */
export function hostForClients(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host;
}
