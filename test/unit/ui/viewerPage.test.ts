import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ViewerStrings } from '../../../src/protocol/viewerStrings.ts';
import { viewerPage } from '../../../src/ui/viewer/page.ts';

const sources = {
  cspSource: 'https://resources.test',
  nonce: 'abc123',
  script: 'https://resources.test/viewer.js',
  styles: ['https://resources.test/viewer.css'],
  strings: { mail: `Mail "<&>'` } as ViewerStrings,
  language: 'en',
  allowRemote: false,
};

function policyOf(page: string): Map<string, string> {
  const content = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
  return new Map(content.split('; ').map((directive) => [directive.split(' ')[0] ?? '', directive.split(' ').slice(1).join(' ')]));
}

describe('the page of the viewer', () => {
  test('lets nothing of a mail come from the network', () => {
    const policy = policyOf(viewerPage(sources));
    assert.deepEqual(Object.fromEntries(policy), {
      'default-src': "'none'",
      'script-src': "'nonce-abc123'",
      'style-src': "https://resources.test 'unsafe-inline'",
      'img-src': 'data: blob:',
      'font-src': 'https://resources.test data:',
      'base-uri': "'none'",
      'form-action': "'none'",
    });
  });

  test('after Load Once lets pictures, sheets and fonts come, and nothing else', () => {
    const policy = policyOf(viewerPage({ ...sources, allowRemote: true }));
    const remote = [...policy].filter(([, value]) => / https?:( |$)/.test(value)).map(([name]) => name);
    assert.deepEqual(remote, ['style-src', 'img-src', 'font-src']);
    assert.equal(policy.get('script-src'), "'nonce-abc123'");
    assert.equal(policy.get('default-src'), "'none'");
  });

  test('carries its sentences as data that cannot end their attribute', () => {
    const page = viewerPage(sources);
    const attribute = /data-strings="([^"]*)"/.exec(page)?.[1] ?? '';
    assert.doesNotMatch(attribute, /[<>]/);
    const text = attribute.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    assert.deepEqual(JSON.parse(text), sources.strings);
  });
});
