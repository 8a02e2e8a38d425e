// ui/checks: the page of a report: a strict policy, one sheet, one script. Everything that a person sees is made by the script (src/webview/report.ts).
import type { ReportStrings } from '../../protocol/reportStrings.ts';

export interface PageSources {
  /** Webview.cspSource. */
  readonly cspSource: string;
  /** 128 random bits at least, new for each page. */
  readonly nonce: string;
  /** Addresses made with asWebviewUri. */
  readonly script: string;
  readonly styles: readonly string[];
  readonly strings: ReportStrings;
  readonly language: string;
}

/** No frames, no images, no connections, nothing remote. 'unsafe-inline' is for the lengths of bars, which the script sets. */
export function reportPage({ cspSource, nonce, script, styles, strings, language }: PageSources): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'unsafe-inline'`,
    `font-src ${cspSource}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!doctype html>
<html lang="${escapeText(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeText(policy)}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${escapeText(strings.report)}</title>
${styles.map((style) => `<link rel="stylesheet" href="${escapeText(style)}">`).join('\n')}
</head>
<body data-strings="${escapeText(JSON.stringify(strings))}">
<main class="report" aria-busy="true"></main>
<script nonce="${nonce}" src="${escapeText(script)}"></script>
</body>
</html>`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
