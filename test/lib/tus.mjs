// Uploads a file by tus-js-client, so that no test judges our resumable uploads by a client of its own.
//
//   node tus.mjs ENDPOINT TOKEN FILE STORE TITLE [DIES_AFTER]
//
// STORE is the file in which the client remembers its uploads: a second run goes on where the first one has ended. With
// DIES_AFTER the process kills itself when so many bytes were acknowledged. Prints {"url", "resumed_at"}.

import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../package.json', import.meta.url));
const tus = require('tus-js-client');
const [endpoint, token, file, store, title, diesAfter] = process.argv.slice(2);
const size = statSync(file).size;
let resumedAt = null;

const upload = new tus.Upload(createReadStream(file), {
  endpoint,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { title, filename: 'song.wav', filetype: 'audio/wav' },
  uploadSize: size,
  chunkSize: 300000,
  retryDelays: [200, 500, 1000, 2000, 3000, 5000, 8000, 8000],
  urlStorage: new tus.FileUrlStorage(store),
  storeFingerprintForResuming: true,
  fingerprint: async () => `test-${title}`,
  onProgress: (sent) => { if (resumedAt === null) resumedAt = sent; },
  onChunkComplete: (chunk, accepted) => { if (diesAfter && accepted >= Number(diesAfter)) process.kill(process.pid, 'SIGKILL'); },
  onError: (error) => { console.error(String(error)); process.exit(1); },
  onSuccess: () => { console.log(JSON.stringify({ url: upload.url, resumed_at: resumedAt })); process.exit(0); },
});

const previous = await upload.findPreviousUploads();
if (previous.length > 0) upload.resumeFromPreviousUpload(previous[0]);
upload.start();
