// message: how much of one mail is read. A mail is written by strangers; what lies beyond a limit is left out and reported, never an error.

/** Octets of one header block (RFC 5322 section 2.1.1 limits lines only; this limits the block). */
export const maxHeaderOctets = 1024 * 1024;
export const maxHeaderFields = 2000;
/** Octets of one field that are decoded. */
export const maxFieldOctets = 64 * 1024;
/** Octets of one address field that are parsed. */
export const maxAddressOctets = 256 * 1024;
/** Addresses of one kind (all To fields together). */
export const maxAddresses = 1000;
export const maxParts = 1000;
/** Multiparts inside one another. */
export const maxDepth = 50;
/** Octets of the text, and of the HTML, that are decoded for a view. */
export const maxTextOctets = 5 * 1024 * 1024;
/** Octets of one part that are decoded; a larger one is given as it was sent. Keeps clear of the longest string of V8. */
export const maxPartOctets = 256 * 1024 * 1024;

/**
 * Octets of a mail that mailparser decodes for the viewer. It holds a mail several times: one of 50 MiB takes 1.2 s and 210 MiB, one of
 * 8 MiB 0.1 s and 50 MiB.
 */
export const maxSoundOctets = 8 * 1024 * 1024;
/** Octets of such a mail that are in no body: mailparser decodes each field of each part, whether needed or not. */
export const maxSoundHeaders = 128 * 1024;

/** Recipients in a list row. */
export const maxRecipients = 50;
/** UTF-16 code units of the text that is searched. */
export const maxSearchText = 64 * 1024;
/** Octets of a body that are decoded for the search text: base64 and quoted-printable need more octets than they give characters. */
export const maxSearchOctets = 4 * maxSearchText;
/** Octets of HTML that are looked through for cid: references when a mail is indexed. */
export const maxReferenceOctets = 1024 * 1024;
/** UTF-16 code units of a subject or a name in a list row. */
export const maxRowText = 1000;

/** Characters of a file name made from a mail; below the 255 octets of common file systems even if each takes three. */
export const maxFileName = 80;
