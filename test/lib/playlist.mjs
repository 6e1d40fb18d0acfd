// Reads a playlist's file by readers of others, so that no test judges what we write by a reader of our own.
//
//   node playlist.mjs m3u8|xspf|jspf <FILE
//
// Prints what each reader has found: {"reader": {"title", "tracks": [{"location", "title", "artist", "ms"}]}}; what a reader
// does not know is left out.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../package.json', import.meta.url));
const text = readFileSync(0, 'utf8');

const readers = {
  m3u8() {
    // It makes nothing of lines that it does not know.
    const extended = require('playlist-parser').M3U.parse(text).filter((t) => t !== undefined);
    const iptv = require('iptv-playlist-parser').parse(text);
    return {
      'playlist-parser': { tracks: extended.map((t) => ({ location: t.file, title: t.title, artist: t.artist, ms: t.length * 1000 })) },
      'iptv-playlist-parser': { tracks: iptv.items.map((t) => ({ location: t.url, title: t.name })) },
    };
  },
  xspf() {
    const { XMLParser, XMLValidator } = require('fast-xml-parser');
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) throw new Error(JSON.stringify(verdict));
    const { playlist } = new XMLParser({ ignoreAttributes: false, parseTagValue: false, isArray: (name) => ['track', 'location', 'identifier'].includes(name) }).parse(text);
    if (playlist['@_xmlns'] !== 'http://xspf.org/ns/0/' || playlist['@_version'] !== '1') throw new Error('no XSPF');
    return {
      'fast-xml-parser': {
        title: playlist.title,
        tracks: (playlist.trackList.track ?? []).map((t) => ({ location: t.location[0], identifiers: t.identifier ?? [], title: t.title, artist: t.creator, ms: Number(t.duration) })),
      },
    };
  },
  jspf() {
    const { playlist } = JSON.parse(text);
    return { JSON: { title: playlist.title, tracks: playlist.track.map((t) => ({ location: t.location[0], identifiers: t.identifier ?? [], title: t.title, artist: t.creator, ms: t.duration })) } };
  },
};

console.log(JSON.stringify(readers[process.argv[2]]()));
