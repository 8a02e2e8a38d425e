// smtp: the envelope of one transaction (RFC 5321 section 2.3.1), with every parameter as it was sent.

/** ESMTP parameters, keyword in upper case; a keyword without value is true (RFC 5321 section 4.1.2). */
export type EsmtpParameters = Readonly<Record<string, string | true>>;

export interface Path {
  /** The mailbox without angle brackets; '' is the null reverse-path. */
  readonly address: string;
  readonly parameters: EsmtpParameters;
}

export interface Envelope {
  /** null: MAIL was never accepted. */
  readonly from: Path | null;
  readonly to: readonly Path[];
}
