import { Injectable, Logger } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { type ChatEvent, chatOf } from './chat-event.js';
import { ChatEventStore } from './chat-event.store.js';
import { ChatStore } from '../chat.store.js';

/** Called for every event of an open chat, in the order of `seq`, each once; those that came together, together. */
export type FeedListener = (events: readonly ChatEvent[]) => void;

/** One reader's hold on the live end of a chat. */
export interface Following {
  /** Everything up to this sequence was delivered. */
  readonly seq: number;
  /** Resolves when everything up to `seq` was delivered, as far as there is so much. */
  reach(seq: number): Promise<void>;
  /** Lets go; to do so again does no harm. */
  close(): void;
}

/** Live end of one chat on this node. */
interface Stream {
  readonly workspaceId: string;
  readonly chatId: string;
  /** Everything up to here was delivered; undefined while the chat is being opened. */
  cursor: number | undefined;
  /** The highest sequence that is known to be committed. */
  committed: number;
  readers: number;
  opening: Promise<void> | undefined;
  catchingUp: Promise<void> | undefined;
}

const PAGE = 200;
const RETRY_MS = 500;

/**
 * What readers on this node see of each chat. An event that follows the last one is passed on straight from its commit;
 * any gap is filled from the table, which alone decides order and completeness.
 */
@Injectable()
export class ChatFeed {
  private readonly logger = new Logger(ChatFeed.name);
  private readonly streams = new Map<string, Stream>();
  private listener: FeedListener = () => undefined;
  private commitListener: (chatId: string, seq: number) => void = () => undefined;

  constructor(
    private readonly chats: ChatStore,
    private readonly events: ChatEventStore,
  ) {}

  /** The one who broadcasts. */
  listen(listener: FeedListener): void {
    this.listener = listener;
  }

  /**
   * Starts following a chat for one more reader.
   * @throws CodedError `chat_not_found`
   */
  async open(workspaceId: string, chatId: string): Promise<Following> {
    const stream = this.streams.get(chatId) ?? this.start(workspaceId, chatId);
    stream.readers += 1;
    let open = true;
    const following: Following = {
      get seq() {
        return stream.cursor ?? 0;
      },
      reach: async (seq) => {
        // What is under way may have looked into the table before `seq` was there.
        await stream.catchingUp;
        if (following.seq < seq) await this.catchUp(stream);
      },
      close: () => {
        if (open) this.release(stream);
        open = false;
      },
    };
    try {
      await stream.opening;
    } catch (error) {
      following.close();
      throw error;
    }
    return following;
  }

  /** A stream that failed to open may have a successor by now: only the very same one is taken out. */
  private release(stream: Stream): void {
    stream.readers -= 1;
    if (stream.readers <= 0 && this.streams.get(stream.chatId) === stream) this.streams.delete(stream.chatId);
  }

  /** The one who tells other nodes what was committed here. */
  onCommit(listener: (chatId: string, seq: number) => void): void {
    this.commitListener = listener;
  }

  /** Chats that somebody on this node follows. */
  openChats(): { workspaceId: string; chatId: string }[] {
    return [...this.streams.values()].map(({ workspaceId, chatId }) => ({ workspaceId, chatId }));
  }

  /** A chat is known to have come as far as `seq`, by whatever node: what is missing here is read from the table. */
  hint(chatId: string, seq: number): void {
    const stream = this.streams.get(chatId);
    if (!stream || !(seq > stream.committed)) return;
    stream.committed = seq;
    if (stream.cursor !== undefined && stream.cursor < seq) void this.catchUp(stream);
  }

  /** Passes on what was committed, in the order of the commit. */
  publish(events: readonly ChatEvent[]): void {
    const runs = new Map<Stream, ChatEvent[]>();
    for (const event of events) {
      this.commitListener(chatOf(event), event.seq);
      const stream = this.streams.get(chatOf(event));
      if (!stream) continue;
      stream.committed = Math.max(stream.committed, event.seq);
      if (stream.cursor === undefined || stream.catchingUp || event.seq <= stream.cursor) continue;
      if (event.seq !== stream.cursor + 1) {
        void this.catchUp(stream);
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
    if (stream?.cursor !== undefined) void this.catchUp(stream);
  }

  private start(workspaceId: string, chatId: string): Stream {
    const stream: Stream = {
      workspaceId,
      chatId,
      cursor: undefined,
      committed: 0,
      readers: 0,
      opening: undefined,
      catchingUp: undefined,
    };
    this.streams.set(chatId, stream);
    stream.opening = this.chats.lastSeq(workspaceId, chatId).then((lastSeq) => {
      if (lastSeq === undefined) throw new CodedError('chat_not_found');
      stream.cursor = lastSeq;
      stream.opening = undefined;
      // Committed while the question was under way.
      if (stream.committed > lastSeq) void this.catchUp(stream);
      return undefined;
    });
    // Whoever waits sees the failure; without anybody left it must not end the process.
    stream.opening.catch(() => this.streams.get(chatId) === stream && this.streams.delete(chatId));
    return stream;
  }

  /** Delivers what the table has beyond the cursor. Whoever asks for it meanwhile waits for the same. */
  private async catchUp(stream: Stream): Promise<void> {
    if (this.streams.get(stream.chatId) === stream) await (stream.catchingUp ??= this.readUp(stream));
  }

  private async readUp(stream: Stream): Promise<void> {
    try {
      while (this.streams.get(stream.chatId) === stream) {
        const { cursor: from = 0, committed } = stream;
        const page = await this.readOn(stream, from);
        const last = page?.at(-1);
        if (page && last) {
          stream.cursor = last.seq;
          this.listener(page);
        }
        // What was announced and is not in the table is not waited for: it expired, or a standby took over without it.
        if (page?.length === 0 && stream.committed === committed) return;
      }
    } finally {
      // In the same turn as the last look: an event that comes later is delivered by whoever brings it.
      stream.catchingUp = undefined;
    }
  }

  /** A page after `from`; undefined, after a pause, when the database does not answer. */
  private async readOn(stream: Stream, from: number): Promise<ChatEvent[] | undefined> {
    try {
      return await this.events.between(stream.workspaceId, stream.chatId, from, Number.MAX_SAFE_INTEGER, PAGE);
    } catch {
      this.logger.warn('catching up with a chat waits for the database');
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
      return undefined;
    }
  }
}
