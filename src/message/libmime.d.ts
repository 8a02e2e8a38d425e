// message: types for the parts of libmime that are used (the package has none).

declare module 'libmime' {
  interface HeaderValue {
    readonly value: string | false;
    readonly params: Readonly<Record<string, string>>;
  }
  const libmime: {
    /** Decodes all encoded words (RFC 2047) of an unfolded text. */
    decodeWords(text: string): string;
    /** Parses a field with parameters, with the continuations and charsets of RFC 2231. */
    parseHeaderValue(text: string): HeaderValue;
  };
  export = libmime;
}

declare module 'libmime/lib/charset.js' {
  const charset: {
    /** Answers UTF-8 (with U+FFFD) for a charset that it does not know. */
    decode(octets: Buffer, charset: string): string;
    /** The canonical name; an unknown one in upper case. */
    normalizeCharset(charset: string): string;
  };
  export = charset;
}
