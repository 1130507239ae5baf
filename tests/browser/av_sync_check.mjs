// av_sync_check.mjs: the measure measured: notes that are made up, with sound and pictures known milliseconds late, must give those back.
import assert from "node:assert/strict";
import { RATE } from "./av_notes.mjs";
import { quantile, syncOf } from "./av_sync.mjs";

const WALK = { frames: 64, first: 1 }, PICTURES = 500, PIECE = RATE / 100;

/** Something like a voice: noise without its upper half, loud and quiet four times a second. */
function voice(seconds) {
  let state = 1, low = 0;
  const chance = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  return Float32Array.from({ length: seconds * RATE }, (_, i) => (low += 0.5 * (chance() - low)) * Math.max(0.1, Math.sin((8 * Math.PI * i) / RATE)));
}

/** The stream's time 0 was given at 5000 ms of the page's clock; the second segment's sound is `later` later than the first one's. */
function made({ soundMs, later, pictureMs }) {
  const said = voice(8), starts = [2000, 11000].map((ms) => ({ ms, at: 5000 + ms }));
  const heard = new Float32Array((5 + PICTURES / 25) * RATE);
  starts.forEach(({ ms }, i) => heard.set(said, Math.round(((ms + soundMs + i * later) * RATE) / 1000)));
  const pieces = Array.from({ length: heard.length / PIECE }, (_, i) => ({ at: 90000 + 10 * i + (i % 2), came: 5000 + 10 * i + (i % 2) + (i % 7), count: PIECE }));
  const shown = Array.from({ length: PICTURES }, (_, i) => {
    const place = i + 30;  // the first ones were shown before anybody took notes
    return { at: 5000 + 40 * place + pictureMs, rtp: (4294900000 + 3600 * i) % 2 ** 32, number: Math.min((place + 1) % 126, 126 - ((place + 1) % 126)) };
  });
  return { shown, starts, late: [{ at: 6000, count: 0 }, { at: 30000, count: 0 }], pieces, heard, said };
}

/** Throws where the measure is off by more than 2 ms. */
export function checkMeasure() {
  for (const [soundMs, later, pictureMs] of [[100, 0, 100], [250, 0, 130], [90, 60, 170]]) {
    const { apart, legible } = syncOf(made({ soundMs, later, pictureMs }), WALK);
    const wrong = `sound ${soundMs} ms late, then ${later} more, pictures ${pictureMs}`;
    assert.equal(legible, 1, wrong);
    assert.ok(apart.length > 350, `${wrong}: ${apart.length} pictures found`);
    for (const [share, expected] of [[0.05, pictureMs - soundMs - later], [0.95, pictureMs - soundMs]]) {
      const ms = quantile(apart, share);
      assert.ok(Math.abs(ms - expected) < 2, `${wrong}: apart by ${ms} ms`);
    }
  }
}
