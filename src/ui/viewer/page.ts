// ui/viewer: the viewer's page: one policy, one sheet, one script. Everything that a person sees is made by the script (src/webview).
import type { ViewerStrings } from '../../protocol/viewerStrings.ts';

export interface PageSources {
  /** Webview.cspSource. */
  readonly cspSource: string;
  /** 128 random bits at least, new for each page. */
  readonly nonce: string;
  /** Addresses made with asWebviewUri. */
  readonly script: string;
  readonly styles: readonly string[];
  readonly strings: ViewerStrings;
  readonly language: string;
  /** True after Load Once: images, sheets and fonts of the mail may come from the network. A policy cannot be loosened in place, so the page is made anew. */
  readonly allowRemote: boolean;
}

/**
 * The frame of the mail inherits this policy and adds its own; neither names scripts of the mail, frames, media or connections.
 * 'unsafe-inline' is for styles only: without it no style of the mail would apply.
 */
export function viewerPage(sources: PageSources): string {
  const { cspSource, nonce } = sources;
  const remote = sources.allowRemote ? ' http: https:' : '';
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'unsafe-inline'${remote}`,
    `img-src data: blob:${remote}`,
    `font-src ${cspSource} data:${remote}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!doctype html>
<html lang="${escapeText(sources.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeText(policy)}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${escapeText(sources.strings.mail)}</title>
${sources.styles.map((style) => `<link rel="stylesheet" href="${escapeText(style)}">`).join('\n')}
</head>
<body data-strings="${escapeText(JSON.stringify(sources.strings))}">
<main class="viewer" aria-busy="true"></main>
<script nonce="${nonce}" src="${escapeText(sources.script)}"></script>
</body>
</html>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
