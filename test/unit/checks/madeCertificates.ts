// Certificates that a test makes for itself, with openssl: chains with something missing, names without end and names that are no names.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../../peers/process.ts';

const keyFile = resolve(import.meta.dirname, '../smtp/certificates/test-only.key');

export interface Identity {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface CertificateWish {
  readonly commonName?: string;
  /** As in openssl's configuration: "DNS:mx.test". */
  readonly names?: readonly string[];
  /** Signs the others. */
  readonly isAuthority?: boolean;
  /** null: signed by itself. All have the same key. */
  readonly issuer?: Identity | null;
  readonly digest?: 'sha256' | 'sha1';
}

export async function makeCertificate(wish: CertificateWish): Promise<Identity> {
  const { commonName = 'mx.mailroom.test', names = [], isAuthority = false, issuer = null, digest = 'sha256' } = wish;
  const folder = await mkdtemp(join(tmpdir(), 'mailroom-certificate-'));
  try {
    const alternatives = names.map((name, index) => `${name.replace(':', `.${index + 1} = `)}`);
    const extensions = [
      `basicConstraints = critical, CA:${isAuthority}`,
      ...(names.length > 0 ? ['subjectAltName = @names', '[names]', ...alternatives] : []),
    ];
    const config = join(folder, 'config');
    await writeFile(
      config,
      ['[req]', 'prompt = no', 'distinguished_name = dn', '[dn]', `CN = "${commonName}"`, '[ext]', ...extensions, ''].join('\n'),
    );
    const certificate = join(folder, 'certificate.pem');
    const common = ['-key', keyFile, '-config', config, '-utf8', `-${digest}`];
    if (issuer === null)
      await run('openssl', ['req', '-x509', '-new', '-days', '3650', '-extensions', 'ext', ...common, '-out', certificate]);
    else {
      const request = join(folder, 'request.pem');
      const authority = join(folder, 'authority.pem');
      await writeFile(authority, issuer.cert);
      await run('openssl', ['req', '-new', ...common, '-out', request]);
      const signing = ['-CA', authority, '-CAkey', keyFile, '-CAcreateserial', '-days', '3650', `-${digest}`];
      await run('openssl', ['x509', '-req', '-in', request, ...signing, '-extfile', config, '-extensions', 'ext', '-out', certificate]);
    }
    return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certificate, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
