// ui/viewer: the viewer's page.
import type { ViewerStrings } from '../../protocol/viewerStrings.ts';
import { type PageSources, pageDocument } from '../page.ts';

export interface ViewerSources extends PageSources<ViewerStrings> {
  /** True after Load Once: images, sheets and fonts of the mail may come from the network. A policy cannot be loosened in place, so the page is made anew. */
  readonly allowRemote: boolean;
}

/**
 * The frame of the mail inherits this policy and adds its own; neither names scripts of the mail, frames, media or connections.
 * 'unsafe-inline' is for styles only: without it no style of the mail would apply.
 */
export function viewerPage(sources: ViewerSources): string {
  const { cspSource, strings } = sources;
  const remote = sources.allowRemote ? ' http: https:' : '';
  const policy = [
    `style-src ${cspSource} 'unsafe-inline'${remote}`,
    `img-src data: blob:${remote}`,
    `font-src ${cspSource} data:${remote}`,
  ];
  return pageDocument(sources, { title: strings.mail, main: 'viewer', policy });
}
