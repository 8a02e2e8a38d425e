// checks: what the extension loads of this room when a check is first asked for; becomes dist/checks.cjs.
export { parseServerAddress } from './dns/serverAddress.ts';
export { isLikelyHost, understand } from './question.ts';
export { mostRelayTests } from './relay/matrix.ts';
export { mostProofs } from './relay/proof.ts';
export { runQuestion } from './run.ts';
export { isNearby, splitServer } from './servers.ts';
