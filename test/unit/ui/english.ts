// For the tests of ui: texts as they stand in the code.
import type { Localizer } from '../../../src/ui/l10n.ts';

export const english: Localizer = {
  t: (message, ...args) => message.replaceAll(/\{(\d)\}/g, (_match, index) => String(args[Number(index)])),
};
