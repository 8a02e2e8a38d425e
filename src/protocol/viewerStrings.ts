// protocol: every sentence of the viewer's page, translated by the extension and handed over once. {0}, {1} are filled in by the page. Types only.

export interface ViewerStrings {
  readonly mail: string;
  readonly noSubject: string;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly bcc: string;
  readonly replyTo: string;
  readonly envelope: string;
  readonly envelopeTo: string;
  readonly envelopeFrom: string;
  readonly nullPath: string;
  readonly inNoHeader: string;
  readonly inNoHeaderTable: string;
  readonly inNoHeaderExplained: string;
  readonly differsFromFrom: string;
  readonly andMore: string;
  /** {0} is the domain. */
  readonly checkSender: string;

  readonly today: string;
  readonly yesterday: string;
  readonly noTls: string;

  readonly refused: string;
  readonly refusedWithoutReply: string;
  readonly aborted: string;
  readonly unreadable: string;
  readonly gone: string;
  readonly failed: string;
  readonly openAsText: string;

  readonly tabList: string;
  readonly moreTabs: string;
  readonly tabHtml: string;
  readonly tabText: string;
  readonly tabHeaders: string;
  readonly tabEnvelope: string;
  readonly tabConversation: string;
  readonly tabAttachments: string;

  readonly htmlToolbar: string;
  readonly width: string;
  readonly widthPixels: string;
  readonly widthFull: string;
  readonly full: string;
  readonly darkRendering: string;
  readonly imagesOff: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly zoomReset: string;
  readonly zoomLabel: string;
  readonly frameTitle: string;
  readonly noHtml: string;
  readonly remoteImage: string;

  readonly imageBlocked: string;
  readonly imagesBlocked: string;
  readonly itemBlocked: string;
  readonly itemsBlocked: string;
  readonly imageLoaded: string;
  readonly imagesLoaded: string;
  readonly itemLoaded: string;
  readonly itemsLoaded: string;
  readonly fromHosts: string;
  readonly hostAndCount: string;
  readonly loadOnce: string;
  readonly hideNotice: string;

  readonly textToolbar: string;
  readonly wrapLines: string;
  readonly copyText: string;
  readonly openInEditor: string;
  readonly noText: string;
  readonly textCut: string;
  readonly showAll: string;

  readonly headersToolbar: string;
  readonly filterHeaders: string;
  readonly headerForm: string;
  readonly decodedForm: string;
  readonly asSentForm: string;
  readonly decodedTag: string;
  readonly copyAllHeaders: string;
  readonly copyValue: string;
  readonly goToLine: string;
  readonly headersCaption: string;
  readonly noHeaders: string;
  readonly noHeaderMatches: string;

  readonly senderAndRecipients: string;
  readonly command: string;
  readonly address: string;
  readonly parameters: string;
  readonly inTheHeaders: string;
  readonly delivery: string;
  readonly client: string;
  readonly encryption: string;
  readonly login: string;
  readonly received: string;
  readonly reply: string;
  readonly file: string;
  readonly revealFile: string;
  readonly lineEndings: string;
  readonly lineEndingsExplained: string;
  readonly none: string;
  readonly noEnvelope: string;
  readonly noSender: string;

  readonly conversationToolbar: string;
  readonly conversationSummary: string;
  readonly conversationLabel: string;
  readonly linesOmitted: string;
  readonly openConversation: string;
  readonly copyConversation: string;
  readonly noConversation: string;

  readonly attachmentsToolbar: string;
  readonly oneFile: string;
  readonly manyFiles: string;
  readonly saveAll: string;
  readonly insideHtml: string;
  readonly shownAs: string;
  readonly mayHoldScripts: string;
  readonly mayHoldScriptsExplained: string;
  readonly noName: string;
  readonly saveFile: string;
  readonly copyChecksum: string;
  readonly noAttachments: string;

  readonly findToolbar: string;
  readonly find: string;
  readonly findPosition: string;
  readonly findManyPosition: string;
  readonly findNothing: string;
  readonly findPrevious: string;
  readonly findNext: string;
  readonly findClose: string;
}
