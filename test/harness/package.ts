// harness: `npm run package`: the .vsix, after its gate.
import { packVsix } from './vsix.ts';

const { file, size } = await packVsix();
console.log(`${file}: ${Math.ceil(size / 1024)} KiB`);
