// smtp: the three-digit reply codes in words (RFC 5321 section 4.2), as data.

export interface CodeMeaning {
  /** English, a clause without a full stop: "the mailbox is full". */
  readonly text: string;
  /** "RFC 5321 section 4.2.3" */
  readonly source: string;
}

/** By the first digit (RFC 5321 section 4.2.1). */
export const replyClasses: Readonly<Record<number, string>> = {
  1: 'SMTP has no such class',
  2: 'done',
  3: 'go on, more is expected',
  4: 'not now, try again later',
  5: 'refused for good',
};

const list = 'RFC 5321 section 4.2.3';
const auth = 'RFC 4954 section 6';

export const replyCodes: Readonly<Record<number, CodeMeaning>> = {
  211: { text: 'the state of the server, or help', source: list },
  214: { text: 'help for a person', source: list },
  220: { text: 'the server is ready', source: list },
  221: { text: 'the server closes the connection', source: list },
  235: { text: 'the login succeeded', source: auth },
  250: { text: 'done as asked', source: list },
  251: { text: 'the user is not here, the server will pass the mail on', source: 'RFC 5321 section 3.4' },
  252: { text: 'the server does not say whether the user exists, but would take the mail', source: 'RFC 5321 section 3.5.3' },
  334: { text: 'the login goes on: the server waits for an answer in base64', source: 'RFC 4954 section 4' },
  354: { text: 'the message may be sent now, a line with a single dot ends it', source: list },
  421: { text: 'the server cannot go on and closes the connection', source: 'RFC 5321 section 3.8' },
  432: { text: 'the password must be changed or set anew before this way to log in works', source: auth },
  450: { text: 'the mailbox cannot be used right now', source: list },
  451: { text: 'something went wrong at the server while it worked on this', source: list },
  452: { text: 'the server has no room, or takes no more recipients in one mail', source: 'RFC 5321 section 4.5.3.1.10' },
  453: { text: 'there is no mail waiting for you', source: 'RFC 2645' },
  454: { text: 'the login or TLS is not available right now', source: 'RFC 4954 section 6, RFC 3207 section 4' },
  455: { text: 'the server cannot serve these parameters right now', source: list },
  458: { text: 'the server cannot send the mail that waits for this domain', source: 'RFC 1985' },
  459: { text: 'the server does not serve the mail that waits for this domain', source: 'RFC 1985' },
  500: { text: 'the command is unknown, or its line too long', source: list },
  501: { text: 'the command is known, what follows it is not right', source: list },
  502: { text: 'the server knows the command and does not offer it', source: list },
  503: { text: 'the command is not due now', source: list },
  504: { text: 'the server does not offer this parameter', source: list },
  521: { text: 'this host takes no mail at all', source: 'RFC 7504 section 3' },
  523: { text: 'the message is longer than the recipient takes', source: 'in use, in no RFC' },
  530: { text: 'log in, or switch to TLS, first', source: 'RFC 4954 section 6, RFC 3207 section 4' },
  534: { text: 'this way to log in is too weak for the server', source: auth },
  535: { text: 'the user name or the password is wrong', source: auth },
  538: { text: 'this way to log in is allowed only over TLS', source: 'RFC 4954 section 6' },
  550: { text: 'the mailbox is not there, or the server will not serve it', source: list },
  551: { text: 'the user is not here, and the server will not pass the mail on', source: 'RFC 5321 section 3.4' },
  552: { text: 'the mail takes more room than is allowed', source: list },
  553: { text: 'the server does not allow this address', source: list },
  554: { text: 'the transaction failed, or there is no service for you', source: 'RFC 5321 section 3.1' },
  555: { text: 'the server does not know, or does not take, a parameter of MAIL or RCPT', source: list },
  556: { text: 'the domain of the recipient takes no mail at all', source: 'RFC 7504 section 4' },
};
