// harness: stands in for @vscode/spdlog in the VS Code server, where npm would have to compile it: without it every log and output channel of an
// extension stays empty. Writes as VS Code asks of it, a line a message; nothing is rotated, for these servers live for an hour and not for months.
const fs = require('node:fs');
const path = require('node:path');

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
const names = { trace: 'trace', debug: 'debug', info: 'info', warn: 'warning', error: 'error', critical: 'critical' };

class Logger {
  constructor(_type, _name, file) {
    this.file = file;
    this.level = 0;
    this.isRaw = false;
  }

  write(level, message) {
    if (levels.indexOf(level) < this.level) return;
    const now = new Date();
    const time = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().replace('T', ' ').replace('Z', '');
    try {
      fs.appendFileSync(this.file, this.isRaw ? message : `${time} [${names[level]}] ${message}\n`);
    } catch {
      // As with the real one, what cannot be logged is lost: the folder goes when the server ends.
    }
  }

  getLevel() {
    return this.level;
  }

  setLevel(level) {
    this.level = level;
  }

  /** Of an output channel, which brings its own line ends. */
  clearFormatters() {
    this.isRaw = true;
  }

  setPattern() {
    this.isRaw = false;
  }

  flush() {}

  drop() {}
}

for (const level of levels) {
  Logger.prototype[level] = function (message) {
    this.write(level, message);
  };
}

async function createLogger(name, file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.closeSync(fs.openSync(file, 'a'));
  return new Logger('', name, file);
}

// One by one: VS Code imports them by name, and Node finds names in assignments of this form only.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = createLogger;
exports.createAsyncRotatingLogger = createLogger;
