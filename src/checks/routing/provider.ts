// checks/routing: whose mail service an MX host is of, where its name tells: a fact that explains much of what follows.
import { finding } from '../finding.ts';
import type { Finding } from '../report.ts';
import type { Route } from './route.ts';

/** What the names of the hosts end with. */
const suffixes: readonly (readonly [suffix: string, provider: string])[] = [
  ['google.com', 'Google'],
  ['googlemail.com', 'Google'],
  ['mail.protection.outlook.com', 'Microsoft 365'],
  ['mx.microsoft', 'Microsoft 365'],
  ['pphosted.com', 'Proofpoint'],
  ['ppe-hosted.com', 'Proofpoint Essentials'],
  ['mimecast.com', 'Mimecast'],
  ['barracudanetworks.com', 'Barracuda'],
  ['iphmx.com', 'Cisco Secure Email'],
  ['messagelabs.com', 'Symantec Email Security'],
  ['mx.cloudflare.net', 'Cloudflare Email Routing'],
  ['amazonaws.com', 'Amazon SES'],
  ['awsapps.com', 'Amazon WorkMail'],
  ['mailgun.org', 'Mailgun'],
  ['sendgrid.net', 'SendGrid'],
  ['zoho.com', 'Zoho Mail'],
  ['zoho.eu', 'Zoho Mail'],
  ['messagingengine.com', 'Fastmail'],
  ['protonmail.ch', 'Proton Mail'],
  ['mail.icloud.com', 'iCloud Mail'],
  ['yandex.net', 'Yandex'],
  ['yandex.ru', 'Yandex'],
  ['mailbox.org', 'mailbox.org'],
  ['kundenserver.de', 'IONOS'],
  ['ionos.com', 'IONOS'],
  ['mail.ovh.net', 'OVHcloud'],
  ['gandi.net', 'Gandi'],
  ['infomaniak.ch', 'Infomaniak'],
  ['secureserver.net', 'GoDaddy'],
  ['emailsrvr.com', 'Rackspace'],
  ['hornetsecurity.com', 'Hornetsecurity'],
  ['antispameurope.com', 'Hornetsecurity'],
];

export function providerOf({ domain, exchanges }: Route): Finding[] {
  const providers = new Set(
    exchanges.map(({ exchange }) => suffixes.find(([suffix]) => exchange.endsWith(`.${suffix}`))?.[1]).filter((name) => name !== undefined),
  );
  if (providers.size === 0) return [];
  return [
    finding({
      id: 'mail-provider',
      group: 'routing',
      level: 'info',
      title: `Mail is taken by ${[...providers].join(' and ')}`,
      detail: 'as the names of the MX hosts tell',
      target: { domain },
    }),
  ];
}
