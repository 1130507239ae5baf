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
    video?: {
        format?: VideoFormat;
        quality?: number;
    };
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
export declare class FramegenError extends Error {
    readonly complaint: Complaint;
    constructor(complaint: Complaint);
}
/** One binary message; null for another kind than is known here. */
export declare function parsePicture(message: ArrayBuffer): Picture | null;
/** Full scale ±1 → 16 bits, cut off beyond it. */
export declare function toInt16(samples: Float32Array): Int16Array;
type Listener<K extends keyof Events> = (event: Events[K]) => void;
/** A presenter, live: push sound or say text, and get 25 pictures a second, each with its sound. */
export declare class Session {
    /** What the server said when the session began. */
    readonly ready: Ready;
    private readonly socket;
    private readonly channels;
    private readonly chained;
    private readonly listeners;
    private asked;
    private over;
    private torn;
    private speaking;
    private closed;
    private complaint;
    private constructor();
    /** Opens a session of `framegen serve` at "http://127.0.0.1:8317". Throws FramegenError where it is refused. */
    static connect(server: string, options?: SessionOptions): Promise<Session>;
    /** Calls `listener` for each event; the function that it returns ends that. */
    on<K extends keyof Events>(event: K, listener: Listener<K>): () => void;
    /** The next event of this kind. Rejects where the session closes first. */
    once<K extends keyof Events>(event: K): Promise<Events[K]>;
    /** Sound as it comes, channels interleaved: s16, or float of full scale ±1. The first after a flush begins a segment. */
    push(samples: Int16Array | Float32Array): void;
    /** The segment is complete: its end is not kept waiting for more. */
    flush(): void;
    /**
     * A whole speech, pushed no more than `aheadS` seconds before it is due, so that an interrupt waits behind nothing, and flushed. Resolves when
     * all was pushed; false: an interrupt, another speak() or the session's end came first.
     */
    speak(samples: Int16Array | Float32Array, aheadS?: number): Promise<boolean>;
    /** A text, spoken by the server's own voice: a segment of its own. */
    say(text: string, voice?: string): void;
    /** Throws away all that was not given out: no picture of a segment that was begun before comes any more. */
    interrupt(): void;
    /** What was pushed is still spoken; resolves when the session has ended. */
    stop(): Promise<void>;
    /** Ends the session at once. */
    close(): void;
    /** Bytes that were pushed and have not left this machine. */
    get bufferedBytes(): number;
    /** `for await (const picture of session)`: until the session's end. Pictures wait for a slow loop: do not leave one standing. */
    [Symbol.asyncIterator](): AsyncGenerator<Picture>;
    private control;
    private emit;
    private onMedia;
    private onText;
    private onClose;
}
export {};
