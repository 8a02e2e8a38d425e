// ui/session: keys as a terminal sends them.

export const keys = {
  enter: '\r',
  tab: '\t',
  backTab: '\x1b[Z',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  upApplication: '\x1bOA',
  downApplication: '\x1bOB',
  interrupt: '\x03',
  end: '\x04',
  endOfLine: '\x05',
  search: '\x12',
  eraseLine: '\x15',
  backspace: '\x7f',
} as const;
