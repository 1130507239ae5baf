// bad_line.mjs: a bad line between a browser and a server, since few kernels have netem: 2 % are lost both ways, the others take 40 ms; each way
// 1 Mbit/s, and what would wait for more than a quarter of a second is lost, too. (tests/webrtc/whep_test.py has the same for a peer in Python.)
import dgram from "node:dgram";

const LOSS = 0.02, DELAY_MS = 40, BITS_PER_MS = 1000, LONGEST_MS = 250;
const HEADERS = 28;  // IPv4's and UDP's, bytes

/** A linear congruential generator: the same packets are lost in every run that sends the same ones. */
function chances(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

class Way {
  constructor(random) {
    Object.assign(this, { random, free: 0, lost: 0, packets: 0, bits: 0, begun: 0 });
  }

  carry(bytes, send) {
    const now = performance.now(), bits = 8 * (bytes + HEADERS);
    this.begun ||= now;
    ++this.packets;
    this.bits += bits;
    const waits = Math.max(0, this.free - now);
    if (waits > LONGEST_MS) return void ++this.lost;
    this.free = now + waits + bits / BITS_PER_MS;
    if (this.random() < LOSS) return void ++this.lost;
    setTimeout(send, this.free - now + DELAY_MS);
  }

  kilobitsPerSecond() {
    return this.bits / (performance.now() - this.begun);
  }
}

const bound = (socket) => new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket.address().port)));

/** A line to a UDP port of this machine → {port, towardsBrowser, towardsServer, close}. */
export async function badLine(serverPort) {
  const near = dgram.createSocket("udp4"), far = dgram.createSocket("udp4"), random = chances(3);
  const towardsBrowser = new Way(random), towardsServer = new Way(random);
  let browser = null, open = true;
  near.on("message", (data, from) => {
    browser = from;
    towardsServer.carry(data.length, () => open && far.send(data, serverPort, "127.0.0.1"));
  });
  far.on("message", (data) => {
    if (browser) towardsBrowser.carry(data.length, () => open && near.send(data, browser.port, browser.address));
  });
  const port = await bound(near);
  await bound(far);
  const close = () => { open = false; near.close(); far.close(); };
  return { port, towardsBrowser, towardsServer, close };
}
