// mailbox: the tables of the index. Everything in them can be made again from the drop folder, so another version is made anew and never migrated.

/** "Mlrm": marks the file as ours (PRAGMA application_id). */
export const applicationId = 0x4d6c726d;
/** PRAGMA user_version; raise it with every change below. */
export const schemaVersion = 1;

/** What the lists of table `list` hold. */
export const listKind = { all: 0, sender: 1, recipient: 2 } as const;
export type ListKind = (typeof listKind)[keyof typeof listKind];

/** The id in table `list` of the one list that every mail is in. */
export const allMail = 1;

/**
 * A mail is in the list of all mail, in its sender's and in one of each recipient; `list` keeps their counts and `listed` keeps them in the order
 * in which they are shown, so that counts, groups and a page cost no more with 100 000 mails than with ten.
 *
 * Text is found in two indexes without content. `words` has the words of the whole mail, which costs a sixth of what trigrams of the body would;
 * `pieces` has the trigrams of subject and addresses, for parts of words there.
 */
export const schema = `
CREATE TABLE mail (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  mtime REAL NOT NULL,
  arrived INTEGER NOT NULL,
  subject TEXT,
  sender TEXT,
  recipients TEXT NOT NULL,
  attachments INTEGER NOT NULL,
  is_read INTEGER NOT NULL,
  state TEXT NOT NULL,
  problem TEXT,
  is_caught INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_unread ON mail (arrived) WHERE is_read = 0;

CREATE TABLE list (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  total INTEGER NOT NULL,
  unread INTEGER NOT NULL,
  UNIQUE (kind, name)
) STRICT;
INSERT INTO list VALUES (${allMail}, ${listKind.all}, '', 0, 0);

CREATE TABLE listed (
  list INTEGER NOT NULL,
  arrived INTEGER NOT NULL,
  key TEXT NOT NULL,
  mail INTEGER NOT NULL,
  PRIMARY KEY (list, arrived, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_mail ON listed (mail);

CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE pieces USING fts5(text, content='', contentless_delete=1, tokenize='trigram remove_diacritics 1');
-- Fewer merges while mail arrives; a search reads a few segments more.
INSERT INTO words (words, rank) VALUES ('automerge', 8);
INSERT INTO pieces (pieces, rank) VALUES ('automerge', 8);

PRAGMA application_id = ${applicationId};
PRAGMA user_version = ${schemaVersion};
`;
