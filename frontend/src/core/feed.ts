/** The feed's socket: connects, subscribes, acknowledges, notices silence, and comes back by cursor. */
import { backoff } from "./backoff";
import { type Continuity, type Effect, START, ackDue, acknowledged, reduce } from "./continuity";
import type { WireFilter } from "./filter";
import { texts } from "./language";
import { FrameDecoder, type Metrics, ProtocolError, type ServerFrame, VersionError } from "./protocol";

export type Connection =
  | { kind: "connecting" }
  | { kind: "open" }
  /** `reason` is why the server closed, empty when it did not say. */
  | { kind: "offline"; since: number; retryAt: number; reason: string }
  /** The server refused what the page asked for; asking again would be refused again. */
  | { kind: "refused"; detail: string }
  | { kind: "ended" };

/** What the page asks to see: the filter, and how many attempts back the first fill goes. */
export interface Query {
  filter: WireFilter;
  history: number;
}

interface Listener {
  connection(connection: Connection): void;
  /** `completeAt`: when the page last knew that nothing was missing before it, null if never. */
  effects(effects: Effect[], completeAt: number | null): void;
  /** `edges` of the buckets of the durations in `metrics`, in seconds. */
  greeted(edges: readonly number[]): void;
  metrics(metrics: Metrics): void;
}

const ACK_EVERY_MS = 1_000;
const ACK_ROWS = 1_000;
const CONNECT_MS = 10_000;
/** After this long without a word the server is asked for one … */
const QUIET_MS = 5_000;
/** … and has this long to answer. */
const ANSWER_MS = 5_000;
const CONNECTING = 0;
const CLOSE_BAD_MESSAGE = 4400;
const CLOSE_UNAUTHORISED = 4401;
/** For a server that closes with a code and no words, as Daphne does. */
const CLOSE_WORDS: Readonly<Record<number, string>> = texts({
  en: { 4008: "The connection was too slow", 4429: "Too many live pages are open", 4500: "The server failed", 4503: "The feed is not available now" },
  es: { 4008: "La conexión era demasiado lenta", 4429: "Hay demasiadas páginas en vivo abiertas", 4500: "El servidor falló", 4503: "El flujo no está disponible ahora" },
});

const t = texts({
  en: { notUnderstood: "The server did not understand the page", otherVersion: "The server is of another version: reload the page" },
  es: { notUnderstood: "El servidor no entendió la página", otherVersion: "El servidor es de otra versión: recargue la página" },
});

export class Feed {
  #connection: Connection = { kind: "connecting" };
  #socket: WebSocket | null = null;
  #decoder = new FrameDecoder();
  #continuity: Continuity = START;
  #failures = 0;
  /** Whether a sign of life from the server has already cut this outage's wait short. */
  #hastened = false;
  #offlineSince: number | null = null;
  #completeAt: number | null = null;
  #lastError = "";
  #lastAckAt = 0;
  #heartbeatMs = 15_000;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #quiet: ReturnType<typeof setInterval> | undefined;
  #acks: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly open: () => WebSocket,
    private query: Query,
    private readonly listener: Listener,
    /** Whether someone looks: only then is silence worth a question. */
    private readonly watched: () => boolean,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    this.#tell({ kind: "connecting" });
    this.#connect();
  }

  /** The network is said to be gone. That may be wrong, or not concern this server: it is tried again as ever. */
  networkLost(): void {
    const { kind } = this.#connection;
    if (kind === "connecting" || kind === "open") this.#closed(0, "");
  }

  networkBack(): void {
    if (this.#connection.kind === "offline") this.retryNow();
  }

  /**
   * What is asked of the server besides the feed was answered: it is there, so waiting longer is of no use. Once in an
   * outage, or sockets that are refused all the time would be asked for as often as the figures.
   */
  serverAnswered(): void {
    if (this.#connection.kind !== "offline" || this.#hastened) return;
    this.#hastened = true;
    this.retryNow();
  }

  /** … was not answered: its next answer is news. */
  serverSilent(): void {
    this.#hastened = false;
  }

  retryNow(): void {
    this.#disconnect();
    this.#connect();
  }

  /** A new socket for a new filter: on the old one, a frame in flight could not be told from one that obeys it. */
  ask(query: Query): void {
    this.query = query;
    this.#continuity = START;
    this.#completeAt = null;
    this.retryNow();
  }

  stop(): void {
    this.#disconnect();
  }

  #connect(): void {
    const socket = this.open();
    this.#socket = socket;
    this.#expectWithin(CONNECT_MS);
    socket.onmessage = (message) => this.#receive(String(message.data));
    socket.onclose = (closed) => this.#closed(closed.code, closed.reason);
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    clearInterval(this.#quiet);
    clearInterval(this.#acks);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onmessage = socket.onclose = null;
    // Closing before it is open would be reported to the console as a failure.
    if (socket.readyState === CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }

  #receive(text: string): void {
    let frame;
    try {
      frame = this.#decoder.decode(text);
    } catch (error) {
      if (error instanceof ProtocolError) return this.#closed(0, error.message);
      if (!(error instanceof VersionError)) throw error;
      this.#disconnect();
      return this.#tell({ kind: "refused", detail: t.otherVersion });
    }
    if (frame?.t === "hello") {
      this.listener.greeted(frame.durationEdges ?? []);
      this.#greeted(frame.hb * 1_000);
    }
    this.#heard();
    if (!frame) return;
    if (frame.t === "metrics") {
      this.#noteComplete(frame);
      return this.listener.metrics(frame);
    }
    if (frame.t === "err") this.#lastError = frame.detail || frame.code;
    // Not at hello: a server that greets and drops us must not be asked twice a second.
    if (frame.t === "batch" || frame.t === "hb") {
      this.#failures = 0;
      this.#hastened = false;
    }
    const [continuity, effects] = reduce(this.#continuity, frame, this.query.history);
    this.#continuity = continuity;
    for (const effect of effects) {
      if (effect.do === "subscribe") this.#send({ t: "sub", filter: this.query.filter, cursor: effect.cursor, epoch: effect.epoch });
    }
    // Besides the timer, which a browser slows down in a hidden tab.
    if (continuity.unackedRows >= ACK_ROWS || Date.now() - this.#lastAckAt >= ACK_EVERY_MS) this.#ack();
    this.listener.effects(effects, this.#completeAt);
    this.#noteComplete(frame);
  }

  /** Any word of a feed that is caught up says that it is still there: its log has not begun anew. */
  #noteComplete(frame: ServerFrame): void {
    const { cursor, fill } = this.#continuity;
    const isBehind = cursor === null || fill !== null || (frame.t === "hb" && frame.head > cursor);
    if (!isBehind && frame.t !== "hello" && frame.t !== "err") this.#completeAt = Date.now();
  }

  #greeted(heartbeatMs: number): void {
    this.#heartbeatMs = heartbeatMs;
    this.#offlineSince = null;
    clearInterval(this.#acks);
    this.#acks = setInterval(() => this.#ack(), ACK_EVERY_MS);
    this.#tell({ kind: "open" });
  }

  #ack(): void {
    const to = ackDue(this.#continuity);
    if (to === null) return;
    this.#send({ t: "ack", to });
    this.#lastAckAt = Date.now();
    this.#continuity = acknowledged(this.#continuity);
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** Two missed heartbeats mean a dead peer whose close will never come. Who looks on shall not wait that long. */
  #heard(): void {
    this.#expectWithin(this.#heartbeatMs * 2);
    clearInterval(this.#quiet);
    this.#quiet = setInterval(() => this.#probe(), QUIET_MS);
  }

  #probe(): void {
    if (!this.watched()) return;
    clearInterval(this.#quiet);
    this.#send({ t: "ping" });
    this.#expectWithin(ANSWER_MS);
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#closed(0, ""), ms);
  }

  #closed(code: number, reason: string): void {
    this.#disconnect();
    if (code === CLOSE_UNAUTHORISED) return this.#tell({ kind: "ended" });
    if (code === CLOSE_BAD_MESSAGE) {
      return this.#tell({ kind: "refused", detail: this.#lastError || reason || t.notUnderstood });
    }
    this.#failures += 1;
    this.#offlineSince ??= Date.now();
    const wait = backoff(this.#failures, this.random);
    this.#retry = setTimeout(() => this.#connect(), wait);
    this.#tell({ kind: "offline", since: this.#offlineSince, retryAt: Date.now() + wait, reason: reason || (CLOSE_WORDS[code] ?? "") });
  }

  #tell(now: Connection): void {
    this.#connection = now;
    this.listener.connection(now);
  }
}
