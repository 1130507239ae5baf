// av_sync.mjs: how far pictures are from their sound, from what was shown and played (av_notes.mjs): neither time stamps of packets nor the browser's own reckoning are believed.
//
//   server's clock   a picture's own sound begins at its time in the stream; so does the picture
//   sound's delay    from then until those samples play: the speech that was pushed is looked for in what was played
//   picture's delay  from then until the picture is shown: its number in the walk through the template frames tells its time
//   apart            the difference: the picture is shown so many ms after its own sound begins
import { RATE } from "./av_notes.mjs";

const PICTURE_MS = 40;
const WINDOW = 0.16 * RATE, STEP = 0.04 * RATE;  // of sound that is looked for, and how often
const COARSE = 4;                                // first at a quarter of the rate
const FURTHEST_MS = 4000;                        // that sound may be late
const NEAR_MS = 120;                             // from one window to the next
const MOST_LATE = 50;                            // faces, from one picture to the next; and no more in all than the server counted
const QUIET = 0.01, ALIKE = 0.8;                 // below and from which a window tells nothing, and something

const sorted = (values) => [...values].sort((a, b) => a - b);
/** The value that `share` of all lie below. */
export const quantile = (values, share) => sorted(values)[Math.floor((values.length - 1) * share)];

/** When each of the heard samples was played, by the page's clock: pieces come when they are taken, which is even but for a thread's hiccups. */
function playingTimes(pieces) {
  const toPage = Math.min(...pieces.map(({ at, came }) => came - at));
  let count = 0;
  const begins = pieces.map((piece) => {
    const begin = count;
    count += piece.count;
    return begin;
  });
  const early = pieces.map(({ at }, i) => at + toPage - (1000 * begins[i]) / RATE);
  const even = early.map((_, i) => quantile(early.slice(Math.max(0, i - 50), i + 51), 0.5));
  const size = pieces[0].count;
  return (sample) => even[Math.min(pieces.length - 1, Math.floor(sample / size))] + (1000 * sample) / RATE;
}

const thinned = (samples) => Float32Array.from({ length: Math.floor(samples.length / COARSE) }, (_, i) => {
  let sum = 0;
  for (let k = 0; k < COARSE; ++k) sum += samples[COARSE * i + k];
  return sum;
});

/** Where between `low` and `high` of `all` the `size` samples of `some` from `from` on are most alike → {place, alike: −1 … 1}. */
function lookFor(some, from, size, all, low, high) {
  let power = 1e-9, best = { place: low, alike: -1 };
  for (let i = 0; i < size; ++i) power += some[from + i] ** 2;
  for (let place = Math.max(0, low); place <= high && place + size <= all.length; ++place) {
    let product = 0, theirs = 1e-9;
    for (let i = 0; i < size; ++i) {
      const value = all[place + i];
      product += some[from + i] * value;
      theirs += value * value;
    }
    const alike = product / Math.sqrt(power * theirs);
    if (alike > best.alike) best = { place, alike };
  }
  return best;
}

const lastUpTo = (starts, key, value) => Math.max(0, starts.findLastIndex((start) => start[key] <= value));

/** Window by window: {ms: its time in the stream, delay: ms}. */
function soundDelays({ heard, pieces, said, starts }) {
  const stream = new Float32Array(Math.ceil((starts.at(-1).ms * RATE) / 1000) + said.length);
  for (const { ms } of starts) stream.set(said, Math.round((ms * RATE) / 1000));
  const playedAt = playingTimes(pieces), thinHeard = thinned(heard), thinStream = thinned(stream);
  const delays = [];
  let last = null;
  for (let from = 0; from + WINDOW <= heard.length; from += STEP) {
    const power = heard.subarray(from, from + WINDOW).reduce((sum, value) => sum + value * value, 0) / WINDOW;
    if (Math.sqrt(power) < QUIET) continue;
    const at = playedAt(from), segment = lastUpTo(starts, "at", at);
    const undelayed = ((starts[segment].ms + at - starts[segment].at) * RATE) / 1000;
    const [least, most] = (last?.segment === segment ? [last.delay - NEAR_MS, last.delay + NEAR_MS] : [0, FURTHEST_MS]).map((ms) => (ms * RATE) / 1000);
    const near = lookFor(thinHeard, from / COARSE, WINDOW / COARSE, thinStream, Math.floor((undelayed - most) / COARSE), Math.ceil((undelayed - least) / COARSE));
    const { place, alike } = lookFor(heard, from, WINDOW, stream, COARSE * (near.place - 2), COARSE * (near.place + 2));
    last = alike >= ALIKE ? { segment, delay: ((undelayed - place) * 1000) / RATE } : null;
    if (last) delays.push({ ms: ((place + WINDOW / 2) * 1000) / RATE, delay: at - givenAt(starts, (place * 1000) / RATE) });
  }
  return delays;
}

// By the page's clock. A server that falls behind lets its clock slip; its words at each segment's start say by how much.
const givenAt = (starts, ms) => {
  const { at, ms: from } = starts[lastUpTo(starts, "ms", ms)];
  return at + ms - from;
};

/**
 * Pictures that were shown, with their time in the stream: what the packets' steps and the numbers say together. The walk goes to and fro through the
 * template frames from the `first` on, and stands still for a late face, as the speech does: `late` counts that. Numbers that fit neither were read too late.
 */
function pictureTimes({ shown, starts, late: counts }, { frames, first }) {
  const round = 2 * (frames - 1), numberOf = (place) => Math.min((place + first) % round, round - ((place + first) % round));
  const steps = shown.filter(({ rtp }) => rtp !== undefined).map((picture, _, [begin]) => ({ ...picture, step: Math.round(((picture.rtp - begin.rtp) | 0) / (90 * PICTURE_MS)) }));
  const idle = steps.filter(({ at }) => at < starts[0].at);  // until the first speech no face can be late
  const fits = (shift) => idle.filter(({ step, number }) => number === numberOf(step + shift)).length;
  const shift = Array.from({ length: round }, (_, i) => i).reduce((best, i) => (fits(i) > fits(best) ? i : best), 0);
  const pictures = [], lateInAll = counts.at(-1)?.count ?? 0;
  let late = 0;
  for (const { at, step, number } of steps) {
    const more = number === undefined ? 0 : Array.from({ length: Math.min(MOST_LATE, lateInAll - late) + 1 }, (_, i) => i).find((i) => number === numberOf(step + shift + 8 * round - late - i));
    if (more === undefined) continue;
    late += more;
    const expected = starts[lastUpTo(starts, "at", at)];
    const ms = PICTURE_MS * (step + shift), rounds = Math.round((expected.ms + at - expected.at - ms) / (PICTURE_MS * round));
    pictures.push({ at, ms: ms + rounds * PICTURE_MS * round, late });
  }
  return { pictures, legible: pictures.length / steps.length };
}

/** → {apart: ms of each picture that was shown while its sound could be recognised, soundMs, pictureMs: median delays, legible: share of numbers that fit}. */
export function syncOf(notes, walk) {
  const { starts } = notes, sounds = soundDelays(notes), { pictures, legible } = pictureTimes(notes, walk);
  const found = [], lateBefore = starts.map(({ ms }) => pictures.find((picture) => picture.ms >= ms)?.late ?? 0);
  for (const { at, ms, late } of pictures) {
    const segment = lastUpTo(starts, "ms", ms);
    const time = Math.max(starts[segment].ms, ms - PICTURE_MS * (late - lateBefore[segment]));  // of the speech
    const near = sounds.reduce((best, sound) => (Math.abs(sound.ms - time) < Math.abs((best?.ms ?? Infinity) - time) ? sound : best), null);
    if (ms < starts[0].ms || !near || Math.abs(near.ms - time) > PICTURE_MS) continue;
    found.push({ picture: at - givenAt(starts, time), sound: near.delay });
  }
  const middle = (key) => quantile(found.map((one) => one[key]), 0.5);
  return { apart: found.map(({ picture, sound }) => picture - sound), soundMs: middle("sound"), pictureMs: middle("picture"), legible };
}
