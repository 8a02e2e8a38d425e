// checks/policy: the "name=value; name=value" lists that DKIM, DMARC, TLS-RPT, BIMI and MTA-STS records are written in (RFC 6376 section 3.2).

export interface Tag {
  /** As published: names are case-sensitive. */
  readonly name: string;
  readonly value: string;
  /** Where the tag lies in the record, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

export interface TagList {
  /** In the order of the record; of a name that occurs twice, both. */
  readonly tags: readonly Tag[];
  /** Parts that are no tags, and names that occur twice. */
  readonly problems: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

const tagName = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Reads any text; what is wrong with it is in `problems`. */
export function readTags(record: string): TagList {
  const tags: Tag[] = [];
  const problems: { text: string; start: number; end: number }[] = [];
  let offset = 0;
  for (const part of record.split(';')) {
    const start = offset + (part.length - part.trimStart().length);
    const end = offset + part.trimEnd().length;
    offset += part.length + 1;
    // An empty part is the semicolon that may end the list.
    if (start >= end) continue;
    const text = part.trim();
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals).trim();
    if (equals < 0) problems.push({ text: `"${text}" is no tag: it has no "="`, start, end });
    else if (!tagName.test(name)) problems.push({ text: `"${name}" is no name of a tag`, start, end });
    else {
      if (tags.some((tag) => tag.name === name)) problems.push({ text: `"${name}" occurs twice`, start, end });
      tags.push({ name, value: text.slice(equals + 1).trim(), start, end });
    }
  }
  return { tags, problems };
}

/** The value of the first tag of that name, or undefined. */
export function tagValue(list: TagList, name: string): string | undefined {
  return list.tags.find((tag) => tag.name === name)?.value;
}
