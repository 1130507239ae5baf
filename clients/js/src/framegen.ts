// framegen.ts: a client of `framegen serve`: a live session over framegen.v1 (docs/live.md), in browsers and in Node; no dependency.

/** webrtc: neither pictures nor sound come here, but to who sends an offer for `ready.session` to /v1/whep (docs/live.md). */
export type VideoFormat = "jpeg" | "h264" | "webrtc" | "i420" | "bgr" | "none";

/** What the server is asked for when a session starts. All may be left out. */
export interface SessionOptions {
  /** The presenter's name; the server's first one by default. */
  avatar?: string;
  /** Of the sound in both directions, Hz: 8000 … 48000 and divisible by 25. Default 24000. */
  rate?: number;
  /** 1, or 2, which the server averages. Default 1. */
  channels?: 1 | 2;
  /** Default jpeg, quality 85. */
  video?: { format?: VideoFormat; quality?: number };
  /** realtime: 25 pictures a second; fast: speech as it is made. Default realtime. */
  pace?: "realtime" | "fast";
  /** loop: the presenter's own pictures between segments; none: no pictures. Default loop. */
  idle?: "loop" | "none";
  blend?: "reference" | "feather";
  /** Sound waited for before a mouth is made: 173 … 453; -1: all that the network can use. Default -1. */
  lookAheadMs?: number;
  /** The mouth rests where the sound is quieter than this, -90 … 0; 0: never. Default 0. */
  silenceGateDb?: number;
  /** Of a server that asks for one. */
  token?: string;
  /** Another class than the global WebSocket: Node before 22 has none (the package ws has one). */
  WebSocket?: WebSocketClass;
}

/** What is used of a WebSocket. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: string | ArrayBufferView | ArrayBuffer): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}
export type WebSocketClass = new (url: string, protocol: string) => WebSocketLike;

/** The server's first word. */
export interface Ready {
  avatar: string;
  /** Pixels. */
  width: number;
  height: number;
  fps: number;
  rate: number;
  samples_per_frame: number;
  look_ahead_ms: number;
  max_buffer_ms: number;
  ai_generated: boolean;
  /** Of webrtc: the session's name for /v1/whep?session=. */
  session?: string;
}

/** A picture and the sound that belongs to it: 40 ms. */
export interface Picture {
  /** True: the presenter speaks. */
  speech: boolean;
  /** 1, 2, …; 0: none has begun. */
  segment: number;
  /** Microseconds since the session's first picture. */
  ptsUs: number;
  /** Mono, rate / 25 samples; a view of the message. */
  sound: Int16Array;
  /** False: the sound is silence that was put in. */
  ownSound: boolean;
  /** Of h264: a picture that a decoder can begin with. */
  key: boolean;
  /**
   * As `video.format` says; a view of the message. Empty: it was dropped, since the reader is slow or its H.264 refers to pictures of an interrupted
   * segment, or format is none.
   */
  image: Uint8Array;
  width: number;
  height: number;
}

export interface SegmentStart {
  segment: number;
  pts_us: number;
}
export interface SegmentEnd {
  segment: number;
  /** Of the segment's own sound, given out. */
  position_ms: number;
  position_samples: number;
  interrupted: boolean;
}
export interface Stats {
  buffered_ms: number;
  late_frames: number;
  hungry_frames: number;
  dropped_pictures: number;
  frame_ms_p95: number;
}
/** What is wrong, why, and what to do about it. */
export interface Complaint {
  what: string;
  why: string;
  do: string;
}

export interface Events {
  /** 25 times a second; nothing of an interrupted segment comes after interrupt(). */
  picture: Picture;
  segmentstart: SegmentStart;
  segmentend: SegmentEnd;
  stats: Stats;
  /** A text was not said, or not to its end; the session goes on. */
  sayfailed: Complaint;
  /** The session is over, after what was wrong, or null after stop(), close() or the server's end. */
  close: Complaint | null;
}

/** The server's refusal as an exception; its message is one line. */
export class FramegenError extends Error {
  readonly complaint: Complaint;
  constructor(complaint: Complaint) {
    super(`${complaint.what}: ${complaint.why}${complaint.do ? `; ${complaint.do}` : ""}`);
    this.name = "FramegenError";
    this.complaint = complaint;
  }
}

const MAGIC = 0x314d4746; // "FGM1", little-endian
const PIECE_S = 0.1; // of sound in a message

/** One binary message; null for another kind than is known here. */
export function parsePicture(message: ArrayBuffer): Picture | null {
  if (message.byteLength < 32) return null;
  const view = new DataView(message);
  if (view.getUint32(0, true) !== MAGIC) return null;
  const header = view.getUint16(6, true);
  const soundBytes = view.getUint32(20, true);
  const imageBytes = view.getUint32(24, true);
  if (header < 32 || header + soundBytes + imageBytes > message.byteLength) return null;
  return {
    speech: view.getUint8(4) === 2,
    ownSound: (view.getUint8(5) & 1) === 1,
    key: (view.getUint8(5) & 2) === 2,
    ptsUs: Number(view.getBigUint64(8, true)),
    segment: view.getUint32(16, true),
    width: view.getUint16(28, true),
    height: view.getUint16(30, true),
    sound: header % 2 === 0 ? new Int16Array(message, header, soundBytes >> 1) : new Int16Array(message.slice(header, header + soundBytes)),
    image: new Uint8Array(message, header + soundBytes, imageBytes),
  };
}

/** Full scale ±1 → 16 bits, cut off beyond it. */
export function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
}

function startMessage(options: SessionOptions): string {
  return JSON.stringify({
    type: "start",
    avatar: options.avatar,
    audio: { rate: options.rate ?? 24000, channels: options.channels ?? 1 },
    video: options.video,
    pace: options.pace,
    idle: options.idle,
    blend: options.blend,
    look_ahead_ms: options.lookAheadMs,
    silence_gate_db: options.silenceGateDb,
  });
}

/** "http://host:8317" → the address of its sessions. */
function sessionAddress(server: string, token?: string): string {
  const url = new URL("v1/session", server.endsWith("/") ? server : `${server}/`);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  if (token) url.searchParams.set("token", token);
  return url.href;
}

type Listener<K extends keyof Events> = (event: Events[K]) => void;

/** A presenter, live: push sound or say text, and get 25 pictures a second, each with its sound. */
export class Session {
  /** What the server said when the session began. */
  readonly ready: Ready;
  private readonly socket: WebSocketLike;
  private readonly channels: number;
  private readonly chained: boolean; // pictures refer to others
  private readonly listeners = new Map<keyof Events, Set<(event: never) => void>>();
  private asked = 0; // interrupts that were not answered yet: what comes until then is of segments that are over
  private over = 0; // segments up to this one are
  private torn = false; // of h264: a picture was held back, and until a key picture what comes may refer to it
  private speaking = 0; // which speak() is the current one
  private closed = false;
  private complaint: Complaint | null = null;

  private constructor(socket: WebSocketLike, ready: Ready, options: SessionOptions) {
    this.socket = socket;
    this.ready = ready;
    this.channels = options.channels ?? 1;
    this.chained = options.video?.format === "h264";
    socket.onmessage = ({ data }: { data: string | ArrayBuffer }) => (typeof data === "string" ? this.onText(JSON.parse(data)) : this.onMedia(data));
    socket.onclose = () => this.onClose();
    socket.onerror = null;
  }

  /** Opens a session of `framegen serve` at "http://127.0.0.1:8317". Throws FramegenError where it is refused. */
  static connect(server: string, options: SessionOptions = {}): Promise<Session> {
    const Socket = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
    if (!Socket) throw new Error("there is no WebSocket here: use Node 22, or give one as options.WebSocket");
    return new Promise((resolve, reject) => {
      const socket = new Socket(sessionAddress(server, options.token), "framegen.v1");
      let complaint: Complaint = { what: "session", why: "the connection was refused, or the server is full", do: "see that it runs, and come back later" };
      socket.binaryType = "arraybuffer";
      socket.onopen = () => socket.send(startMessage(options));
      const refuse = () => reject(new FramegenError(complaint));
      socket.onerror = refuse; // the close that should follow does not come everywhere
      socket.onclose = refuse;
      socket.onmessage = ({ data }: { data: string | ArrayBuffer }) => {
        if (typeof data !== "string") return;
        const message = JSON.parse(data);
        if (message.type === "error") complaint = message;
        if (message.type === "ready") resolve(new Session(socket, message, options));
      };
    });
  }

  /** Calls `listener` for each event; the function that it returns ends that. */
  on<K extends keyof Events>(event: K, listener: Listener<K>): () => void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all);
    all.add(listener as (event: never) => void);
    return () => void all.delete(listener as (event: never) => void);
  }

  /** The next event of this kind. Rejects where the session closes first. */
  once<K extends keyof Events>(event: K): Promise<Events[K]> {
    return new Promise((resolve, reject) => {
      const ends = [
        this.on(event, (value) => {
          ends.forEach((end) => end());
          resolve(value);
        }),
      ];
      if (event !== "close")
        ends.push(
          this.on("close", (complaint) => {
            ends.forEach((end) => end());
            reject(new FramegenError(complaint ?? { what: "session", why: "is over", do: "open another one" }));
          }),
        );
    });
  }

  /** Sound as it comes, channels interleaved: s16, or float of full scale ±1. The first after a flush begins a segment. */
  push(samples: Int16Array | Float32Array): void {
    const whole = samples instanceof Float32Array ? toInt16(samples) : samples;
    const piece = Math.max(1, Math.floor(this.ready.rate * PIECE_S)) * this.channels;
    for (let at = 0; at < whole.length; at += piece) this.socket.send(whole.subarray(at, at + piece));
  }

  /** The segment is complete: its end is not kept waiting for more. */
  flush(): void {
    this.control({ type: "flush" });
  }

  /**
   * A whole speech, pushed no more than `aheadS` seconds before it is due, so that an interrupt waits behind nothing, and flushed. Resolves when
   * all was pushed; false: an interrupt, another speak() or the session's end came first.
   */
  async speak(samples: Int16Array | Float32Array, aheadS = 10): Promise<boolean> {
    const mine = ++this.speaking;
    const second = this.ready.rate * this.channels;
    const began = Date.now();
    for (let at = 0; at < samples.length; at += second / 5) {
      while (at / second - (Date.now() - began) / 1000 > aheadS && mine === this.speaking) await new Promise((later) => setTimeout(later, 50));
      if (mine !== this.speaking || this.closed) return false;
      this.push(samples.subarray(at, at + second / 5));
    }
    this.flush();
    return true;
  }

  /** A text, spoken by the server's own voice: a segment of its own. */
  say(text: string, voice?: string): void {
    this.control({ type: "say", text, voice });
  }

  /** Throws away all that was not given out: no picture of a segment that was begun before comes any more. */
  interrupt(): void {
    ++this.speaking;
    ++this.asked;
    this.control({ type: "interrupt" });
  }

  /** What was pushed is still spoken; resolves when the session has ended. */
  async stop(): Promise<void> {
    if (this.closed) return;
    const over = this.once("close");
    this.control({ type: "stop" });
    await over;
  }

  /** Ends the session at once. */
  close(): void {
    ++this.speaking;
    this.socket.close();
  }

  /** Bytes that were pushed and have not left this machine. */
  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  /** `for await (const picture of session)`: until the session's end. Pictures wait for a slow loop: do not leave one standing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Picture> {
    const waiting: Picture[] = [];
    let wake = () => {};
    const ends = [
      this.on("picture", (picture) => {
        waiting.push(picture);
        wake();
      }),
      this.on("close", () => wake()),
    ];
    try {
      while (!this.closed || waiting.length) {
        const next = waiting.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      ends.forEach((end) => end());
    }
  }

  private control(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  private emit<K extends keyof Events>(event: K, value: Events[K]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) (listener as Listener<K>)(value);
  }

  private onMedia(data: ArrayBuffer): void {
    const picture = parsePicture(data);
    if (!picture) return;
    const wanted = picture.segment === 0 || (!this.asked && picture.segment > this.over);
    if (this.chained && picture.image.length) {
      if (!wanted) this.torn = true;
      else if (picture.key) this.torn = false;
      else if (this.torn) picture.image = picture.image.subarray(0, 0);
    }
    if (wanted) this.emit("picture", picture);
  }

  private onText(message: { type: string }): void {
    const { type, ...rest } = message;
    const value = rest as never;
    if (type === "segment_start") this.emit("segmentstart", value);
    else if (type === "segment_end") this.emit("segmentend", value);
    else if (type === "stats") this.emit("stats", value);
    else if (type === "say_failed") this.emit("sayfailed", value);
    else if (type === "error") this.complaint = value;
    else if (type === "interrupted") {
      this.asked = Math.max(0, this.asked - 1);
      this.over = Math.max(this.over, (value as { segment: number }).segment);
    }
  }

  private onClose(): void {
    this.closed = true;
    ++this.speaking;
    this.emit("close", this.complaint);
  }
}
