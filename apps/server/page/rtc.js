// rtc.js: a session's picture and sound over WebRTC (WHEP), into a video element; words go over the session's own socket.

const PATIENCE_MS = 5000;  // for the first picture: who has no UDP learns it soon
// Browsers show a picture as soon as they can, and bring the sound to it within 30 ms or so, in seconds: what waits for a fixed while is in step at once.
const HELD_MS = 120;    // from its coming: less, and the sound waits for longer by itself; and MOST_HELD_MS at most
const HELD_RTTS = 1;     // and so many round trips: until one that is lost has been missed, asked for and sent again
const MOST_HELD_MS = 1000;
const SCREEN_MS = 30;    // that a picture waits for the compositor and the screen, which browsers do not count

/** Resolves once pictures come, to what closes it. Rejects where they do not. `lost` is called where it ends later. */
export async function watch({ session, video, token, iceServers, lost }) {
  const peer = new RTCPeerConnection({ iceServers });
  const stream = new MediaStream();
  let watcher = null;
  const letGo = hold(peer);
  const close = () => {
    letGo();
    peer.onconnectionstatechange = null;
    peer.close();
    video.srcObject = null;
    if (watcher) ask(watcher, { method: "DELETE" }).catch(() => {});
  };
  const ask = (path, options) => fetch(path, { ...options, headers: { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) } });
  try {
    for (const kind of ["audio", "video"]) peer.addTransceiver(kind, { direction: "recvonly" });
    peer.ontrack = ({ track }) => stream.addTrack(track);
    await peer.setLocalDescription();
    const answer = await ask(`/v1/whep?session=${session}`, { method: "POST", headers: { "Content-Type": "application/sdp" }, body: peer.localDescription.sdp });
    if (answer.status !== 201) throw new Error((await answer.json()).why);
    watcher = answer.headers.get("Location");
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    video.srcObject = stream;
    video.play().catch(() => {});  // muted: no gesture is needed
    await firstPicture(video, peer);
    peer.onconnectionstatechange = () => {
      if (["failed", "closed"].includes(peer.connectionState)) lost();
      if (peer.connectionState === "disconnected") beginAnew(peer, (options) => ask(watcher, options)).catch(lost);
    };
    return { peer, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Holds sound and picture back alike, for longer on a long line. Returns what ends that. */
function hold(peer) {
  let held = 0;
  const look = async () => {
    let wanted = HELD_MS;
    for (const { type, nominated, totalRoundTripTime, responsesReceived } of (await peer.getStats()).values())
      if (type === "candidate-pair" && nominated && responsesReceived) wanted += Math.round((1000 * HELD_RTTS * totalRoundTripTime) / responsesReceived);
    wanted = Math.min(wanted, MOST_HELD_MS);
    // Each change takes the browser some seconds, in which it is out of step.
    if (Math.abs(wanted - held) < HELD_MS / 2) return;
    held = wanted;
    for (const receiver of peer.getReceivers()) receiver.jitterBufferTarget = receiver.track.kind === "audio" ? held + SCREEN_MS : held;
  };
  const timer = setInterval(look, 1000);
  look();
  return () => clearInterval(timer);
}

/** Another network, or an address that moved: ICE begins anew, and what is watched goes on (RFC 9725). */
async function beginAnew(peer, patch) {
  const before = peer.remoteDescription.sdp;
  const offer = await peer.createOffer({ iceRestart: true });
  const names = offer.sdp.match(/a=ice-(ufrag|pwd):.*\r\n/g).slice(0, 2).join("");
  const answer = await patch({ method: "PATCH", headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" }, body: names });
  if (answer.status !== 200) throw new Error((await answer.json()).why);
  const theirs = await answer.text();
  await peer.setLocalDescription(offer);
  const sdp = before.replace(/a=ice-(ufrag|pwd):.*/g, (line, kind) => theirs.match(new RegExp(`a=ice-${kind}:.*`))[0]);
  await peer.setRemoteDescription({ type: "answer", sdp });
}

function firstPicture(video, peer) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no picture came over UDP")), PATIENCE_MS);
    peer.onconnectionstatechange = () => peer.connectionState === "failed" && reject(new Error("the connection failed"));
    video.requestVideoFrameCallback(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** What the line does: {name, kilobytes: received so far, lost, jitterMs}. */
export async function figures({ peer }) {
  const found = { kilobytes: 0, lost: 0, dropped: 0, delayMs: 0 };
  for (const report of (await peer.getStats()).values()) {
    if (report.type !== "inbound-rtp") continue;
    found.kilobytes += report.bytesReceived / 1000;
    found.lost += report.packetsLost;
    if (report.kind !== "video") continue;
    found.dropped += report.framesDropped ?? 0;
    if (report.jitterBufferEmittedCount) found.delayMs = (1000 * report.jitterBufferDelay) / report.jitterBufferEmittedCount;
  }
  return found;
}
