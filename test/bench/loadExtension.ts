// bench: a process that loads the extension's bundle once, with a stand-in for `vscode`, and prints the milliseconds: `node loadExtension.ts <extension.cjs>`.
import { createRequire, registerHooks } from 'node:module';

const [bundle] = process.argv.slice(2);
if (!bundle) throw new Error('Usage: node loadExtension.ts <extension.cjs>');

// Whatever a module does with vscode while it is loaded (extend a class of it, read a constant) works and does nothing.
const standIn = `
  const standIn = new Proxy(function () {}, {
    get: (target, name) => (name === 'prototype' ? target.prototype : name === Symbol.toPrimitive ? () => '' : standIn),
    // The bundle copies what a module has into an object with the module's prototype: names are then looked for there.
    getPrototypeOf: () => standIn,
    apply: () => standIn,
    construct: () => ({}),
  });
  module.exports = standIn;
`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: 'mailroom:vscode', format: 'commonjs', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'mailroom:vscode' ? { format: 'commonjs', source: standIn, shortCircuit: true } : next(url, context),
});

const require = createRequire(import.meta.url);
const startedAt = performance.now();
require(bundle);
process.stdout.write(`${performance.now() - startedAt}`);
// Timers that the modules may have set do not keep the process.
process.exit(0);
