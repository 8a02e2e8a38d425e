// protocol: the data a viewer shows, and the messages between the viewer's page (browser) and the extension. Types only.
import type { Delivery } from '../smtp/delivery.ts';
import type { MailAddress } from './engine.ts';

export interface HeaderField {
  /** 1-based line in the source where the field begins. */
  readonly line: number;
  readonly name: string;
  /** Unfolded and decoded (RFC 2047, RFC 2231 left as is), bounded to 64 KiB. */
  readonly value: string;
  /** As sent: with folding, without the name; octets above 127 that are not UTF-8 as U+FFFD. */
  readonly raw: string;
}

export interface Part {
  /** Index for EngineApi.part and the 'part' message. */
  readonly part: number;
  /** As the mail says it, decoded; may be '' and may hold anything: clean it before it becomes a name for a file. */
  readonly fileName: string;
  /** Lower case, "application/octet-stream" when missing. */
  readonly contentType: string;
  /** Content-ID without angle brackets, or null. */
  readonly contentId: string | null;
  /** True: shown inside the HTML (in multipart/related and referred to by cid:). */
  readonly isInline: boolean;
  /** Octets after decoding. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

export interface TextPart {
  readonly content: string;
  /** "utf-8", "quoted-printable"; as declared, lower case, '' when not. */
  readonly charset: string;
  readonly encoding: string;
  /** Octets before decoding. */
  readonly size: number;
}

export interface MailView {
  /** The name of the file, for the title when there is no subject. */
  readonly fileName: string;
  /** Decoded; null: no Subject field. */
  readonly subject: string | null;
  readonly from: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
  /** Date field: milliseconds since the epoch, or null. */
  readonly date: number | null;
  /** Milliseconds since the epoch: side file, else the file's mtime, else null. */
  readonly arrivedAt: number | null;
  /** Octets of the .eml. */
  readonly size: number;
  readonly html: TextPart | null;
  readonly text: TextPart | null;
  readonly headers: readonly HeaderField[];
  readonly parts: readonly Part[];
  /** The side file, or null when another program wrote the mail. */
  readonly delivery: Delivery | null;
  /** Why it could not be read wholly ("no end of header", "more than 1,000 parts"), in English; null: fine. */
  readonly problem: string | null;
}

export interface PartBytes {
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const viewerTabs = ['html', 'text', 'headers', 'envelope', 'conversation', 'attachments'] as const;
export type ViewerTab = (typeof viewerTabs)[number];

/** Extension to page. */
export type ToViewer =
  | { readonly type: 'mail'; readonly mail: MailView; readonly remote: boolean; readonly locale: string }
  /** bytes is null when the part could not be read. */
  | { readonly type: 'part'; readonly part: number; readonly contentType: string; readonly bytes: Uint8Array<ArrayBuffer> | null }
  | { readonly type: 'gone' }
  | { readonly type: 'failed'; readonly message: string }
  /** From the keyboard command Find in Mail. */
  | { readonly type: 'find' };

/** Page to extension. */
export type FromViewer =
  | { readonly type: 'ready' }
  /** The page needs the octets of an inline part (cid:). */
  | { readonly type: 'needPart'; readonly part: number }
  | { readonly type: 'openLink'; readonly href: string }
  | { readonly type: 'savePart'; readonly part: number }
  | { readonly type: 'saveAllParts' }
  | { readonly type: 'loadRemote' }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'openAsText'; readonly line: number | null }
  /** The conversation in the notation of smtp/transcript, as an untitled document. */
  | { readonly type: 'openConversation' }
  | { readonly type: 'revealFile' }
  /** Check Mail Domain of the first address of From. */
  | { readonly type: 'checkSender' };
