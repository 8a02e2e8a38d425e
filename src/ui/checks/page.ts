// ui/checks: the page of a report.
import type { ReportStrings } from '../../protocol/reportStrings.ts';
import { type PageSources, pageDocument } from '../page.ts';

/** No frames, no images, no connections, nothing remote. 'unsafe-inline' is for the lengths of bars, which the script sets. */
export function reportPage(sources: PageSources<ReportStrings>): string {
  const { cspSource, strings } = sources;
  return pageDocument(sources, {
    title: strings.report,
    main: 'report',
    policy: [`style-src ${cspSource} 'unsafe-inline'`, `font-src ${cspSource}`],
  });
}
