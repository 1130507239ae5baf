// webrtc_watch.mjs: the page over WebRTC while its presenter speaks: pictures and sound in step by what is shown and played, on a good line, a bad one, and torn apart.
import assert from "node:assert/strict";
import { beginNotes, endNotes } from "./av_notes.mjs";
import { quantile, syncOf } from "./av_sync.mjs";
import { badLine } from "./bad_line.mjs";
import { sleepUntil } from "./wait.mjs";

const IDLE_MS = 3000;  // before the speech
const NOTICED_MS = 45; // ITU-R BT.1359: sound that is earlier than that is noticed
const ENOUGH = 100;    // pictures to judge by

const reports = (page) => page.evaluate(async () => Object.fromEntries([...(await window.peer.getStats()).values()].filter(({ type }) => type === "inbound-rtp").map((report) => [report.kind, report])));

/** Speaks for so long, again and again → {sync, drawn: when pictures were shown, since: (kind, name) → what the browser counted, late: faces}. */
async function watch(page, { speech, seconds, walk }) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.video === "webrtc" && window.framegen.drawn > 25);
  await beginNotes(page);
  await page.waitForTimeout(IDLE_MS);
  const begun = Date.now(), before = await reports(page);
  for (let spoken = 0; Date.now() - begun < 1000 * seconds; ++spoken) {
    await page.setInputFiles("#file", speech);
    await sleepUntil(page, "the segment ends", (count) => window.framegen.ends.length > count, spoken);
  }
  const after = await reports(page), notes = await endNotes(page, speech);
  const drawn = notes.shown.map(({ at }) => at).filter((at) => at >= notes.starts[0].at);
  return { sync: syncOf(notes, walk), drawn, since: (kind, name) => after[kind][name] - before[kind][name], late: notes.late.at(-1)?.count ?? 0 };
}

function told({ sync: { apart, soundMs, pictureMs }, drawn, late }) {
  const between = drawn.slice(1).map((at, i) => at - drawn[i]);
  const step = apart.length < ENOUGH ? `not judged by ${apart.length} pictures`
    : `${apart.length} pictures after their sound by ${quantile(apart, 0.5).toFixed(0)} ms (median; 90 % between ${quantile(apart, 0.05).toFixed(0)} and ${quantile(apart, 0.95).toFixed(0)}, `
      + `${((100 * apart.filter((ms) => Math.abs(ms) <= NOTICED_MS).length) / apart.length).toFixed(0)} % within ±${NOTICED_MS}), sound heard ${soundMs.toFixed(0)} ms and pictures seen ${pictureMs.toFixed(0)} ms after they were given`;
  return `${step}, longest time without a picture ${Math.max(...between).toFixed(0)} ms (${between.filter((ms) => ms > 300).length} above 300)${late ? `, ${late} faces late` : ""}`;
}

/** A good line. The bounds are a busy machine's; the figures are what is looked at. */
export const watchesInStep = (given) => async (page) => {
  const seen = await watch(page, { seconds: 10, ...given });
  judge(seen, -125, 125);
  return told(seen);
};

function judge({ sync: { apart, legible }, late }, low, high) {
  assert.ok(legible > 0.8, `${(100 * legible).toFixed(0)} % of the pictures' numbers were read: nothing can be said of their times`);
  // Where faces are late the speech has gaps, and little of it is left to judge by.
  if (late > 0 && apart.length < ENOUGH) return;
  assert.ok(apart.length >= ENOUGH, `only ${apart.length} pictures while the speech was recognised`);
  const middle = quantile(apart, 0.5);
  assert.ok(middle > low && middle < high, `pictures are ${middle} ms after their sound`);
}

/** Two percent lost, 80 ms there and back, 1 Mbit/s. What a viewer notices are pictures that stand still and lips that are late. */
export const watchesOverABadLine = (lines, given) => async (page) => {
  const seen = await watch(page, given), { drawn, since } = seen, { towardsBrowser, towardsServer } = lines.at(-1);
  const expected = (drawn.at(-1) - drawn[0]) / 40, decoded = since("video", "framesDecoded");
  judge(seen, -150, 150);
  assert.ok(towardsBrowser.lost + towardsServer.lost > 0, "nothing was lost");
  assert.ok(drawn.length > 0.8 * expected || decoded < 0.8 * expected, `${decoded} pictures came, ${drawn.length} were drawn`);
  assert.ok(towardsBrowser.kilobitsPerSecond() < 1000, "more than the line carries");
  return `${told(seen)}, ${towardsBrowser.kilobitsPerSecond().toFixed(0)} kbit/s, ${towardsBrowser.lost} of ${towardsBrowser.packets} packets lost towards it, ${towardsServer.lost} of ${towardsServer.packets} back, `
    + `${drawn.length} pictures drawn of ${expected.toFixed(0)}, ${since("video", "nackCount")} questions for lost ones, ${since("video", "keyFramesDecoded")} key pictures, `
    + `${((100 * since("audio", "concealedSamples")) / since("audio", "totalSamplesReceived")).toFixed(1)} % of the sound made up`;
};

const HELD_MS = 600;

/** Sound and picture in streams of their own, which nothing keeps in step, and pictures held back: a measure that does not see it sees nothing. */
export const seesWhatIsTornApart = (given) => async (page) => {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.video === "webrtc");
  await page.evaluate((ms) => window.peer.getReceivers().forEach((receiver) => {
    receiver.jitterBufferTarget = receiver.track.kind === "video" ? ms : 0;
    Object.defineProperty(receiver, "jitterBufferTarget", { set() {} });  // the page has its own idea of it
  }), HELD_MS);
  await page.waitForTimeout(10000);  // the browser slows pictures down, by a tenth at most
  const seen = await watch(page, { seconds: 5, ...given });
  judge(seen, 250, HELD_MS + 50);
  return told(seen);
};

/** The server's answer with `change`d SDP. */
const answering = (change) => (page) => page.route((url) => url.pathname === "/v1/whep", async (route) => {
  const answer = await route.fetch();
  return route.fulfill({ response: answer, body: await change(await answer.text()) });
});

export const inStreamsOfTheirOwn = answering((sdp) => sdp.replace("a=msid:framegen audio", "a=msid:apart audio"));

/** The answer names the line's port instead of the server's own. */
export const overABadLine = (lines) => answering(async (sdp) => {
  const port = Number(sdp.match(/a=candidate:.* (\d+) typ host/)?.[1]);
  if (!port) return sdp;
  lines.push(await badLine(port));
  return sdp.replaceAll(` ${port} typ host`, ` ${lines.at(-1).port} typ host`);
});
