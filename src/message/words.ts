// message: the readable words of an HTML text, for the search. Nothing of it is ever shown.
import { Parser } from 'htmlparser2';

const silent = new Set(['style', 'script']);

/** At most `limit` UTF-16 code units of the text between the tags, entities decoded. */
export function wordsOfHtml(html: string, limit: number): string {
  let words = '';
  let silence = 0;
  const parser = new Parser({
    onopentagname: (name) => {
      if (silent.has(name)) silence++;
      words += ' ';
    },
    onclosetag: (name) => {
      if (silent.has(name)) silence--;
      words += ' ';
    },
    ontext: (text) => {
      if (silence === 0) words += text;
    },
  });
  // In pieces, so that nothing behind the limit is looked at.
  for (let at = 0; at < html.length && words.length < limit; at += 16_384) parser.write(html.slice(at, at + 16_384));
  return words.replace(/\s+/g, ' ').trim().slice(0, limit);
}
