// What readers of npm say of audio files, for Veza::Probe: one JSON text on standard output.
//
//   audio.mjs tags FILE        format and tags, by music-metadata
//   audio.mjs waveform FILE    a waveform's numbers, by waveform-data

import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';

const require = createRequire(new URL('../package.json', import.meta.url));
const [what, file] = process.argv.slice(2);

async function tags() {
  const { parseFile } = await import(require.resolve('music-metadata'));
  const { format, common } = await parseFile(file, { duration: true });
  const cover = common.picture?.[0];
  return {
    duration: format.duration, rate: format.sampleRate, channels: format.numberOfChannels, lossless: format.lossless,
    title: common.title, artist: common.artist, album: common.album, year: common.year, track: common.track?.no,
    genre: common.genre?.[0], isrc: common.isrc?.[0], bpm: common.bpm, comment: common.comment?.[0]?.text,
    cover: cover && { type: cover.format, bytes: cover.data.length },
  };
}

async function waveform() {
  const data = require('waveform-data').create((new Uint8Array(await readFile(file))).buffer);
  const channel = data.channel(0);
  return {
    rate: data.sample_rate, scale: data.scale, bits: data.bits, channels: data.channels, length: data.length,
    duration: data.duration, min: channel.min_array(), max: channel.max_array(),
  };
}

process.stdout.write(JSON.stringify(await { tags, waveform }[what]()));
