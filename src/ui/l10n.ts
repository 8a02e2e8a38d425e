// ui: the part of vscode.l10n that files without `vscode` need, so that their wording can be tested in plain Node.

export interface Localizer {
  /** `message` is English with {0}, {1} … for the arguments. */
  t(message: string, ...args: (string | number | boolean)[]): string;
}
