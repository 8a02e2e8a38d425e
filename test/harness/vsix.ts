// harness: packs the .vsix and holds it against a list of what may be in it and a limit of its size, so that nothing slips in or out unseen.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createVSIX, listFiles } from '@vscode/vsce';
import { root } from './paths.ts';
import { readManifest } from './server.ts';
import { StepFailed } from './step.ts';

const largest = 2 * 1024 * 1024;

/** Must be there. */
const needed = [
  'package.json',
  'package.nls.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'dist/THIRD-PARTY-NOTICES.txt',
  'dist/extension.cjs',
  'dist/engine.cjs',
  'dist/reader.cjs',
  'dist/checks.cjs',
  'dist/session.cjs',
  'dist/webview/viewer.js',
  'dist/webview/report.js',
  'media/mailroom.svg',
  'media/mailroom-icon-256.png',
  'media/base.css',
  'media/viewer.css',
  'media/report.css',
  'media/smtp.tmLanguage.json',
  'media/smtp.language-configuration.json',
  'media/snippets/smtp.json',
];
/** May be there, and nothing else. */
const allowed = [
  /^l10n\/bundle\.l10n(\.[\w-]+)?\.json$/,
  /^dist\/[\w]+\.cjs$/,
  /^dist\/webview\/[\w.-]+\.(js|css|ttf)$/,
  /^media\/[\w-]+\.(svg|png|css|ttf)$/,
  /^media\/(snippets\/)?[\w.-]+\.json$/,
];

export interface Vsix {
  readonly file: string;
  /** Octets. */
  readonly size: number;
}

/** Builds and packs mailroom-<version>.vsix at the root. Rejects with StepFailed when the gate does not open. */
export async function packVsix(): Promise<Vsix> {
  const { name, version } = await readManifest();
  const file = join(root, `${name}-${version}.vsix`);
  await createVSIX({
    cwd: root,
    packagePath: file,
    // Everything is bundled.
    dependencies: false,
    // No repository is named yet: links in the README stay as they are.
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  const files = await listFiles({ cwd: root });
  const { size } = await stat(file);
  const complaints = [
    ...needed.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...files
      .filter((path) => !needed.includes(path) && !allowed.some((pattern) => pattern.test(path)))
      .map((path) => `${path} does not belong in it`),
    ...(size < largest ? [] : [`${size} octets are more than ${largest}`]),
  ];
  if (complaints.length > 0) throw new StepFailed(`The package ${file} is wrong: ${complaints.join('; ')}`);
  return { file, size };
}
