// base: what the pure rooms need of a log; VS Code's LogOutputChannel has this shape.

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Never given message bodies or credentials. */
export type Log = { readonly [level in LogLevel]: (message: string) => void };

export const silentLog: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
