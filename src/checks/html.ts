// checks: a report as one HTML file that needs nothing else, for a browser to show and to print. Black on white, without a script, and with a policy that
// lets none in: what servers said is text.
import { type Finding, groups, type Level, type RelayRow, type Report, type Step } from './report.ts';
import { groupNames, inOrder, levelNames, serverOf, tallyOf, timeOf } from './reportText.ts';

/** Folded out from the first moment on; all others when they are printed. */
const open: readonly Level[] = ['fail', 'warn'];

const sheet = `
:root { color-scheme: light; --dim: #595959; --line: #d4d4d4; --fail: #b01011; --warn: #895503; }
* { box-sizing: border-box; }
body { max-width: 860px; margin: 24px auto; padding: 0 20px; font: 14px/1.45 system-ui, sans-serif; color: #1f1f1f; background: #fff; }
h1 { margin: 0; font-size: 20px; line-height: 26px; overflow-wrap: anywhere; }
h2 { margin: 20px 0 4px; padding-top: 8px; font-size: 14px; border-top: 1px solid var(--line); }
h2 span { margin-left: 8px; font-weight: normal; }
p { margin: 4px 0; overflow-wrap: anywhere; }
pre { margin: 2px 0; padding: 6px 10px; font: 12px/18px ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: #f5f5f5; border-left: 2px solid var(--line); }
pre.do { border-color: #005fb8; }
mark { background: #ffe08a; }
summary { padding: 3px 0; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 64px; font-weight: normal; }
.fail summary b, .warn summary b { font-weight: 600; }
.fail summary b { color: var(--fail); }
.warn summary b { color: var(--warn); }
.dim, .label, .refs { color: var(--dim); }
.label, .refs, h2 span { font-size: 12px; }
.more { margin: 0 0 10px 68px; }
table { width: 100%; margin: 4px 0; border-collapse: collapse; font: 12px/16px ui-monospace, monospace; }
th { text-align: left; border-bottom: 1px solid var(--line); }
td, th { padding: 1px 12px 1px 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; }
@media (max-width: 640px) { .more { margin-left: 16px; } }
@page { margin: 16mm; }
@media print {
  body { max-width: none; margin: 0; padding: 0; font-size: 10pt; print-color-adjust: exact; }
  details::details-content { display: block; content-visibility: visible; height: auto; }
  summary { list-style: none; }
  h2, summary { break-after: avoid; }
  pre, tr { break-inside: avoid; }
}`;

/** In English, as findings are. */
export function printHtml(report: Report): string {
  const { question, findings, startedAt, ms, dnsServers, probedFrom } = report;
  const sections = groups
    .map((group) => ({ group, own: inOrder(findings.filter((finding) => finding.group === group)) }))
    .filter(({ own }) => own.length > 0)
    .toSorted((a, b) => rank(a.own) - rank(b.own))
    .map(({ group, own }) => {
      const head = `<h2>${groupNames[group]}<span class="dim">${tallyOf(own)}</span></h2>`;
      return `<section>\n${head}\n${own.map(finding).join('\n')}\n</section>`;
    });
  const meta = [
    `${startedAt.slice(0, 19).replace('T', ' ')} UTC, ${timeOf(ms)}`,
    dnsServers.length > 0 ? `DNS ${dnsServers.join(', ')}` : '',
    probedFrom.length > 0 ? `probed from ${probedFrom.join(', ')}` : '',
  ].filter((part) => part !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${text(question.subject)}</title>
<style>${sheet}
</style>
</head>
<body>
<main>
<header>
<h1>${text(question.subject)}</h1>
<p>${text(report.verdict)}</p>
<p>${tallyOf(findings)}</p>
<p class="dim">${text(meta.join(' · '))}</p>
</header>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

/** As on the page in VS Code: what is wrong comes first. */
function rank(findings: readonly Finding[]): number {
  const found = new Set(findings.map(({ level }) => level));
  const worst = open.findIndex((level) => found.has(level));
  return worst < 0 ? open.length : worst;
}

function finding({ level, title, detail, reason, evidence, remedies, relay, steps, source, id, ms, target }: Finding): string {
  const server = serverOf({ target });
  const refs = [server, source, id, ms === null ? '' : timeOf(ms)].filter((part) => part !== '').join(' · ');
  const more = [
    reason === '' ? '' : `<p>${text(reason)}</p>`,
    ...evidence.map(({ label, text: seen, marks = [] }) => `<p class="label">${text(label)}</p>\n<pre>${marked(seen, marks)}</pre>`),
    ...remedies.map((remedy) => `<p class="label">${text(remedy.label)}</p>\n<pre class="do">${text(remedy.text)}</pre>`),
    relay && relay.length > 0 ? relayTable(relay) : '',
    steps && steps.length > 0 ? stepTable(steps) : '',
    `<p class="refs">${text(refs)}</p>`,
  ];
  const said = `<b>${levelNames[level]}</b> ${text(title)}${detail === '' ? '' : ` <span class="dim">${text(detail)}</span>`}`;
  return `<details class="${level}"${open.includes(level) ? ' open' : ''}>
<summary>${said}</summary>
<div class="more">
${more.filter((part) => part !== '').join('\n')}
</div>
</details>`;
}

function relayTable(rows: readonly RelayRow[]): string {
  const cells = (row: RelayRow): readonly string[] => [row.id, row.from, row.to, row.verdict, row.reply ?? 'no reply'];
  return table(['#', 'MAIL FROM', 'RCPT TO', 'Verdict', 'Reply'], rows.map(cells));
}

function stepTable(steps: readonly Step[]): string {
  const cells = ({ name, at, ms, isAnswered }: Step): readonly string[] => [name, timeOf(at), isAnswered ? timeOf(ms) : 'no answer'];
  return table(['Step', 'Began at', 'Took'], steps.map(cells));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (tag: 'td' | 'th', cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>\n<thead>${row('th', head)}</thead>\n<tbody>\n${rows.map((cells) => row('td', cells)).join('\n')}\n</tbody>\n</table>`;
}

/** Marks that are out of order or out of bounds are left out. */
function marked(seen: string, marks: readonly (readonly [start: number, end: number])[]): string {
  let made = '';
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at || end <= start || end > seen.length) continue;
    made += `${text(seen.slice(at, start))}<mark>${text(seen.slice(start, end))}</mark>`;
    at = end;
  }
  return made + text(seen.slice(at));
}

/** As text of an element or of an attribute in double quotes. */
function text(said: string): string {
  return said
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
