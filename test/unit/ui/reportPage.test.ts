// ui/checks: the policy of a report's page, and what of it comes from elsewhere.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReportStrings } from '../../../src/protocol/reportStrings.ts';
import { reportPage } from '../../../src/ui/checks/page.ts';

const sources = {
  cspSource: 'https://resources.test',
  nonce: 'abc123',
  script: 'https://resources.test/report.js',
  styles: ['https://resources.test/report.css'],
  strings: { report: `Report "<&>'` } as ReportStrings,
  language: 'en',
};

describe('the page of a report', () => {
  test('lets nothing in but its own script, sheets and icons', () => {
    const content = /Content-Security-Policy" content="([^"]*)"/.exec(reportPage(sources))?.[1];
    assert.deepEqual(content?.split('; '), [
      "default-src 'none'",
      "script-src 'nonce-abc123'",
      "style-src https://resources.test 'unsafe-inline'",
      'font-src https://resources.test',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  test('carries its sentences as data that cannot end their attribute', () => {
    const attribute = /data-strings="([^"]*)"/.exec(reportPage(sources))?.[1] ?? '';
    assert.doesNotMatch(attribute, /[<>]/);
    const text = attribute.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    assert.deepEqual(JSON.parse(text), sources.strings);
  });
});
