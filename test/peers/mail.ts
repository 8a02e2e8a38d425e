// peers: what every client is given to send.

export interface Mail {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly from: string;
  readonly to: string;
  /** Header and body; every line ends with CRLF. */
  readonly message: Uint8Array;
}
