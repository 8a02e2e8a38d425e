// message: joins the lines of text in format=flowed (RFC 3676). libmime's own does not know quoted lines and joins them with their marks.

/** `text` has lines that end with LF; `delSp` is the parameter DelSp=yes. */
export function joinFlowed(text: string, delSp: boolean): string {
  const paragraphs: string[] = [];
  /** The lines of the paragraph that goes on, and how often it is quoted; null: the last line was fixed. */
  let going: { readonly depth: number; readonly lines: string[] } | null = null;
  const finish = (): void => {
    if (going) paragraphs.push(quote(going.depth) + going.lines.join(''));
    going = null;
  };
  for (const line of text.split('\n')) {
    const depth = /^>*/.exec(line)?.[0].length ?? 0;
    // Section 4.4: one space after the quote marks was stuffed.
    const content = line.slice(line[depth] === ' ' ? depth + 1 : depth);
    // Section 4.5: a change of depth ends a paragraph; section 4.3: so does the signature separator, which is always fixed.
    if (going && (going.depth !== depth || content === '-- ')) finish();
    const isFlowed = content.endsWith(' ') && content !== '-- ';
    going ??= { depth, lines: [] };
    going.lines.push(isFlowed && delSp ? content.slice(0, -1) : content);
    if (!isFlowed) finish();
  }
  finish();
  return paragraphs.join('\n');
}

function quote(depth: number): string {
  return depth === 0 ? '' : `${'>'.repeat(depth)} `;
}
