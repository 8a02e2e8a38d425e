// harness: the licences of the packages that the bundles hold, as the packages themselves state them: read from what esbuild says it took.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

interface Notice {
  /** "iconv-lite 0.7.3" */
  readonly title: string;
  readonly license: string;
  readonly homepage: string;
  /** All texts of a package, one after the other. */
  readonly text: string;
}

const licenseFile = /^(licen[cs]e|copying|notice)([-.]\w+)*(\.md|\.txt)?$/i;
const rule = '-'.repeat(100);

/** Writes the notices of what was bundled in `root`. Rejects when a package has no licence or comes without its text. */
export async function writeNotices(root: string, file: string, metafiles: readonly Pick<Metafile, 'outputs'>[]): Promise<void> {
  await writeFile(file, printNotices(await collectNotices(root, metafiles)));
}

/** Those of which something is left after tree shaking; a package that is there in several copies is named once for each version. */
export async function collectNotices(root: string, metafiles: readonly Pick<Metafile, 'outputs'>[]): Promise<readonly Notice[]> {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0));
  const folders = new Set(inputs.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []));
  const notices = await Promise.all([...folders].map((folder) => readNotice(join(root, folder))));
  const byTitle = new Map(notices.map((notice) => [notice.title, notice]));
  return [...byTitle.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
}

async function readNotice(folder: string): Promise<Notice> {
  const { name, version, license, homepage } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  const title = `${name} ${version}`;
  if (typeof license !== 'string' || license === 'UNLICENSED') throw new Error(`${title} is bundled and states no licence`);
  const names = (await readdir(folder)).filter((file) => licenseFile.test(file) && !file.endsWith('.json')).sort();
  const texts = await Promise.all(names.map((file) => readFile(join(folder, file), 'utf8')));
  const text = texts.map((each) => each.replaceAll('\r\n', '\n').trim()).join(`\n\n${rule}\n\n`);
  if (text === '') throw new Error(`${title} is bundled and comes without the text of its licence (${license})`);
  return { title, license, homepage: typeof homepage === 'string' ? homepage : `https://www.npmjs.com/package/${name}`, text };
}

function printNotices(notices: readonly Notice[]): string {
  const intro = `Mailroom holds parts of the following ${notices.length} packages, each under its own licence.\n`;
  const sections = notices.map(({ title, license, homepage, text }) => `${title} (${license})\n${homepage}\n\n${text}\n`);
  return [intro, ...sections].join(`\n${'='.repeat(100)}\n\n`);
}
