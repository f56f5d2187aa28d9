import { Injectable, Logger } from '@nestjs/common';
import { type ChatEvent, chatOf } from './chat-event.js';
import { ChatEventStore } from './chat-event.store.js';
import type { ChatRecord } from '../chat.store.js';

/** Called for every event of an open chat, in the order of `seq`, each once; those that came together, together. */
export type FeedListener = (events: readonly ChatEvent[]) => void;

/** Live end of one chat on this node. */
interface Stream {
  readonly workspaceId: string;
  readonly chatId: string;
  /** As its readers know it. */
  chat: ChatRecord | undefined;
  /** Everything up to here was delivered; undefined until a reader knows how far the chat is. */
  cursor: number | undefined;
  /** The highest sequence that is known to be committed. */
  committed: number;
  readers: number;
  /** Called after the next look into the table that begins from now on and finds nothing more. */
  waiting: (() => void)[];
}

/** One reader's hold on the live end of a chat. There is one for each socket: made of closures it took ten times the memory. */
export class Following {
  private open = true;

  constructor(
    private readonly feed: ChatFeed,
    private readonly stream: Stream,
  ) {}

  /** Everything up to this sequence was delivered. */
  get seq(): number {
    return this.stream.cursor ?? 0;
  }

  /**
   * Begins with what comes after `lastSeq`, which was read since this was asked for. Where another reader has begun, this
   * one is as far as that.
   */
  begin(lastSeq: number): void {
    this.feed.begin(this.stream, lastSeq);
  }

  /** One record of the chat for all of its readers, each of whom keeps it: a new one only where it has a new title. */
  sharedRecord({ workspaceId, chatId, title }: ChatRecord): ChatRecord {
    if (this.stream.chat?.title === title) return this.stream.chat;
    return (this.stream.chat = { workspaceId, chatId, title });
  }

  /** Resolves when everything up to `seq` was delivered, as far as there is so much. */
  async reach(seq: number): Promise<void> {
    if (this.seq < seq) await this.feed.caughtUp(this.stream);
  }

  /** Lets go; to do so again does no harm. */
  close(): void {
    if (this.open) this.feed.release(this.stream);
    this.open = false;
  }
}

/** Of one look into the table: chats, events of one chat, and events of all of them together. */
const MOST_CHATS = 100;
const MOST_EVENTS_OF_CHAT = 200;
const MOST_EVENTS = 1_000;
const RETRY_MS = 500;

/**
 * What readers on this node see of each chat. An event that follows the last one is passed on straight from its commit;
 * any gap is filled from the table, which alone decides order and completeness.
 */
@Injectable()
export class ChatFeed {
  private readonly logger = new Logger(ChatFeed.name);
  private readonly streams = new Map<string, Stream>();
  /** Whose readers may miss something that the table has, in the order in which they are looked after. */
  private readonly behind = new Set<Stream>();
  private reading = false;
  private listener: FeedListener = () => undefined;
  private commitListener: (chatId: string, seq: number) => void = () => undefined;

  constructor(private readonly events: ChatEventStore) {}

  /** The one who broadcasts. */
  listen(listener: FeedListener): void {
    this.listener = listener;
  }

  /** Follows a chat for one more reader, who has to find out how far it is, and then to begin. */
  follow(workspaceId: string, chatId: string): Following {
    const stream = this.streams.get(chatId) ?? this.start(workspaceId, chatId);
    stream.readers += 1;
    return new Following(this, stream);
  }

  /** For `Following`. */
  begin(stream: Stream, lastSeq: number): void {
    if (stream.cursor !== undefined) return;
    stream.cursor = lastSeq;
    // Committed while the reader asked how far the chat is.
    if (stream.committed > lastSeq) this.catchUp(stream);
  }

  /** For `Following`. */
  release(stream: Stream): void {
    stream.readers -= 1;
    if (stream.readers <= 0) this.streams.delete(stream.chatId);
  }

  /** The one who tells other nodes what was committed here. */
  onCommit(listener: (chatId: string, seq: number) => void): void {
    this.commitListener = listener;
  }

  /** Chats that somebody on this node follows. */
  openChats(): { workspaceId: string; chatId: string }[] {
    return [...this.streams.values()].map(({ workspaceId, chatId }) => ({ workspaceId, chatId }));
  }

  /** Number of sockets on this node that follow a chat. */
  readersOf(chatId: string): number {
    return this.streams.get(chatId)?.readers ?? 0;
  }

  /** A chat is known to have come as far as `seq`, by whatever node: what is missing here is read from the table. */
  hint(chatId: string, seq: number): void {
    const stream = this.streams.get(chatId);
    if (!stream || !(seq > stream.committed)) return;
    stream.committed = seq;
    if (stream.cursor !== undefined && stream.cursor < seq) this.catchUp(stream);
  }

  /** Passes on what was committed, in the order of the commit. */
  publish(events: readonly ChatEvent[]): void {
    const runs = new Map<Stream, ChatEvent[]>();
    for (const event of events) {
      this.commitListener(chatOf(event), event.seq);
      const stream = this.streams.get(chatOf(event));
      if (!stream) continue;
      stream.committed = Math.max(stream.committed, event.seq);
      if (stream.cursor === undefined || event.seq <= stream.cursor) continue;
      if (event.seq !== stream.cursor + 1) {
        this.catchUp(stream);
        continue;
      }
      stream.cursor = event.seq;
      const run = runs.get(stream);
      if (run) run.push(event);
      else runs.set(stream, [event]);
    }
    for (const run of runs.values()) this.listener(run);
  }

  /** Looks into the table after a commit whose fate is unknown. */
  suspect(_workspaceId: string, chatId: string): void {
    const stream = this.streams.get(chatId);
    if (stream?.cursor !== undefined) void this.caughtUp(stream);
  }

  private start(workspaceId: string, chatId: string): Stream {
    const stream: Stream = {
      workspaceId,
      chatId,
      chat: undefined,
      cursor: undefined,
      committed: 0,
      readers: 0,
      waiting: [],
    };
    this.streams.set(chatId, stream);
    return stream;
  }

  /** For `Following`. Resolves when everything was delivered that the table has now, by a look that begins after this. */
  caughtUp(stream: Stream): Promise<void> {
    return new Promise((resolve) => {
      stream.waiting.push(resolve);
      this.catchUp(stream);
    });
  }

  /** Delivers what the table has beyond the cursor. */
  private catchUp(stream: Stream): void {
    this.behind.add(stream);
    if (!this.reading) void this.readOn();
  }

  /**
   * Looks after all who are behind: many chats with one statement, and one statement at a time, so that a chat costs the
   * less the more of them move at once.
   */
  private async readOn(): Promise<void> {
    this.reading = true;
    let most = MOST_CHATS;
    while (this.behind.size > 0) {
      const streams = [...this.behind].slice(0, most);
      for (const stream of streams) this.behind.delete(stream);
      if (await this.read(streams)) most = MOST_CHATS;
      else {
        // One chat whose events cannot be read must not keep the others from theirs for ever.
        most = Math.ceil(streams.length / 2);
        this.logger.warn('catching up with a chat waits for the database');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
      }
    }
    this.reading = false;
  }

  /** One look into the table. Those who need another stand behind the others for it; false when there was no answer. */
  private async read(streams: readonly Stream[]): Promise<boolean> {
    const looks = streams.map((stream) => ({ ...stream, stream, seq: stream.cursor ?? 0 }));
    for (const stream of streams) stream.waiting = [];
    const limit = Math.min(MOST_EVENTS_OF_CHAT, Math.floor(MOST_EVENTS / streams.length));
    // A chat that was let go and opened again is asked for once: pages are told apart by chat.
    const open = looks.filter(({ stream }) => this.streams.get(stream.chatId) === stream);
    const pages = await this.events.after(open, limit).catch(() => undefined);
    for (const { stream, committed, waiting } of looks) {
      const closed = this.streams.get(stream.chatId) !== stream;
      const page = pages?.get(stream.chatId) ?? [];
      if (!closed) this.deliver(stream, page);
      const isWhole = pages !== undefined && page.length < limit;
      // What was announced and is not in the table is not waited for: it expired, or a standby took over without it.
      const isVain = isWhole && page.length === 0 && stream.committed === committed;
      if (isVain) stream.committed = stream.cursor ?? 0;
      // Whoever waits has seen all that was there when this began, also where more comes all the time.
      if (closed || isWhole) for (const resolve of waiting) resolve();
      else stream.waiting.unshift(...waiting);
      const isUpToDate = isWhole && (stream.cursor ?? 0) >= stream.committed;
      if (!closed && !isUpToDate) this.behind.add(stream);
      // Who came meanwhile is served by this look, unless it saw nothing.
      else if (closed || (!isVain && stream.waiting.length === 0)) this.behind.delete(stream);
    }
    return pages !== undefined;
  }

  /** Passes on what a page has that did not come by itself meanwhile. */
  private deliver(stream: Stream, page: readonly ChatEvent[]): void {
    const { cursor = 0 } = stream;
    const news = page.filter(({ seq }) => seq > cursor);
    const last = news.at(-1);
    if (!last) return;
    stream.cursor = last.seq;
    this.listener(news);
  }
}
