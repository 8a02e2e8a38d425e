// harness: `npm run build`: bundles what is shipped, and writes beside it the licences of the packages that are in the bundles. With a name
// (`npm run build:engine`) it bundles that part alone; --outdir says where to, --watch bundles again whenever a file changes.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, context, type Metafile, type Plugin } from 'esbuild';
import { writeNotices } from './notices.ts';
import { dist, root } from './paths.ts';

/**
 * smtp-server comes with a key and a certificate for "localhost" that everybody knows, for servers that were given none. Without them such a
 * server can do no TLS, which is what it should say.
 */
const withoutPublicKey: Plugin = {
  name: 'without the public key of smtp-server',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]smtp-server[\\/].*[\\/]tls-options\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(/\b(key|cert): '-----BEGIN [\s\S]+?-----END [A-Z ]+-----'/g, '$1: undefined');
      return contents.includes('-----BEGIN')
        ? { errors: [{ text: 'smtp-server has a key in another form than the known one' }] }
        : { contents };
    });
  },
};

/** iconv-lite has half a megabyte of tables, and npm lays a copy beside each package that uses it: the one of libmime serves all of its version. */
const oneIconv: Plugin = {
  name: 'one iconv-lite',
  setup({ onResolve }) {
    onResolve({ filter: /^iconv-lite$/ }, async ({ resolveDir }) => {
      const own = createRequire(join(resolveDir, 'here.js'));
      const ofLibmime = createRequire(createRequire(join(root, 'package.json')).resolve('libmime'));
      const isSame = own('iconv-lite/package.json').version === ofLibmime('iconv-lite/package.json').version;
      return { path: (isSame ? ofLibmime : own).resolve('iconv-lite') };
    });
  },
};

/**
 * esbuild gives each file that imports `vscode` an object of its own with a getter for every name, 400 times 60 of them: half of the time that the
 * extension took to load. What an object inherits is not copied.
 */
const leanVscode: Plugin = {
  name: 'vscode without copies',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === 'lean' ? { path, external: true } : { path, namespace: 'lean' },
    );
    onLoad({ filter: /^vscode$/, namespace: 'lean' }, () => ({ contents: `module.exports = Object.create(require('vscode'));` }));
  },
};

const inNode: BuildOptions = { platform: 'node', target: 'node22', format: 'cjs', outExtension: { '.js': '.cjs' }, outdir: dist };

const bundles = {
  extension: {
    ...inNode,
    entryPoints: {
      extension: 'src/extension.ts',
      session: 'src/ui/session/parts.ts',
      checks: 'src/checks/bundle.ts',
      sendTest: 'src/ui/server/testMessages.ts',
    },
    // Its front is UMD, of which esbuild cannot see what it requires.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    plugins: [leanVscode, oneIconv],
  },
  engine: {
    ...inNode,
    entryPoints: { engine: 'src/engine/worker.ts', reader: 'src/engine/reader.ts' },
    plugins: [oneIconv, withoutPublicKey],
  },
  webview: {
    platform: 'browser',
    target: 'chrome128',
    format: 'iife',
    entryPoints: { viewer: 'src/webview/viewer.ts', report: 'src/webview/report.ts', codicon: '@vscode/codicons/dist/codicon.css' },
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    outdir: join(dist, 'webview'),
  },
} as const satisfies Readonly<Record<string, BuildOptions>>;
type BundleName = keyof typeof bundles;
export const bundleNames = Object.keys(bundles) as readonly BundleName[];
/** In dist. */
const noticesFile = 'THIRD-PARTY-NOTICES.txt';

const common = { absWorkingDir: root, bundle: true, logLevel: 'warning', metafile: true } as const;

/** Into the folder that the bundle belongs in, if no other is given. Rejects with the errors that esbuild has already printed. */
export async function bundle(name: BundleName, outdir?: string): Promise<Metafile> {
  const options: BuildOptions = bundles[name];
  return (await build({ ...options, ...(outdir === undefined ? {} : { outdir }), ...common, minify: true })).metafile;
}

async function watch(name: BundleName): Promise<void> {
  await (await context({ ...bundles[name], ...common, sourcemap: true, logLevel: 'info' })).watch();
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { outdir: { type: 'string' }, watch: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const asked = positionals.length > 0 ? bundleNames.filter((name) => positionals.includes(name)) : bundleNames;
  if (asked.length < positionals.length) throw new Error(`There are the bundles ${bundleNames.join(', ')}, not ${positionals.join(', ')}.`);
  if (values.watch) return void (await Promise.all(asked.map(watch)));
  const metafiles = await Promise.all(asked.map((name) => bundle(name, values.outdir)));
  if (positionals.length === 0) await writeNotices(root, join(values.outdir ?? dist, noticesFile), metafiles);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    // esbuild has told its own errors.
    if (!(error instanceof Error && 'errors' in error)) console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
