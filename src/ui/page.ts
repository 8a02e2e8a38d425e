// ui: the document of a page of ours: one policy, one sheet or two, one script. Everything that a person sees is made by the script (src/webview).

export interface PageSources<Strings> {
  /** Webview.cspSource. */
  readonly cspSource: string;
  /** 128 random bits at least, new for each page. */
  readonly nonce: string;
  /** Addresses made with asWebviewUri. */
  readonly script: string;
  readonly styles: readonly string[];
  readonly strings: Strings;
  readonly language: string;
}

export interface PageShape {
  readonly title: string;
  /** Class of the main element, which the script fills. */
  readonly main: string;
  /** Directives of the policy besides those that every page has: nothing else is let in than the script, and no frames, forms or bases. */
  readonly policy: readonly string[];
}

export function pageDocument(sources: PageSources<unknown>, { title, main, policy }: PageShape): string {
  const { nonce, script, styles, strings, language } = sources;
  const directives = [`default-src 'none'`, `script-src 'nonce-${nonce}'`, ...policy, `base-uri 'none'`, `form-action 'none'`];
  return `<!doctype html>
<html lang="${escapeText(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeText(directives.join('; '))}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${escapeText(title)}</title>
${styles.map((style) => `<link rel="stylesheet" href="${escapeText(style)}">`).join('\n')}
</head>
<body data-strings="${escapeText(JSON.stringify(strings))}">
<main class="${main}" aria-busy="true"></main>
<script nonce="${nonce}" src="${escapeText(script)}"></script>
</body>
</html>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
