import { useEffect, useRef, useState } from "preact/hooks";
import { serverNow, serverTime } from "../../clock";
import type { Answer, Page, Problem } from "../../core/api";
import type { Delivery, PublishedEvent, SentEvent } from "../../core/delivery";
import { type EventSearch, queryOf } from "../../core/event-search";
import { isId } from "../../core/filter";
import { type Freshness, NEVER, afterAnswer } from "../../core/freshness";
import { isFinal, statusOf } from "../../core/status";
import { api } from "../../session";

const PAGE = 50;
/** A tenant has at most a hundred subscriptions; the rest is replays. */
const DELIVERIES = 200;
const FOLLOW_MS = 10_000;
const POLL_MS = 2_000;
/** Nobody who has scrolled further wants the rows to move. */
const AT_TOP_PX = 80;

export interface Listed {
  items: PublishedEvent[];
  next: string | null;
  /** What was searched for. */
  key: string;
}

export interface EventList {
  /** Null until the first page came. */
  listed: Listed | null;
  /** Of the newest. */
  fresh: Freshness;
  /** Why no older ones came. */
  refused: Problem | null;
  busy: boolean;
  older: () => void;
  reload: () => void;
}

/** The events that a search finds, newest first. The first page follows what happens while the reader is at its top. */
export function useEvents(search: EventSearch): EventList {
  const [listed, setListed] = useState<Listed | null>(null);
  const [fresh, setFresh] = useState(NEVER);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const turn = useRef(0);
  const key = JSON.stringify(search);

  const read = async (cursor: string | null, before: PublishedEvent[]) => {
    const mine = ++turn.current;
    setBusy(true);
    const answer: Answer<Page<PublishedEvent>> = await api.get("webhooks/events", { ...queryOf(search, await serverTime()), limit: PAGE, cursor });
    if (turn.current !== mine) return;
    setBusy(false);
    if (cursor === null) setFresh((last) => afterAnswer(last, answer, serverNow()));
    setRefused(answer.ok || cursor === null ? null : answer.problem);
    if (answer.ok) setListed({ items: [...before, ...answer.value.items], next: answer.value.next_cursor, key });
    else setListed((kept) => (kept?.key === key ? kept : null));
  };
  const reload = () => void read(null, []);
  useEffect(() => {
    reload();
    return () => void (turn.current += 1);
  }, [key]);
  useEffect(() => {
    const follow = () => {
      if (!document.hidden && !busy && scrollY < AT_TOP_PX && (listed?.items.length ?? 0) <= PAGE) reload();
    };
    const timer = setInterval(follow, FOLLOW_MS);
    document.addEventListener("visibilitychange", follow);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", follow);
    };
  }, [listed, key, busy]);
  return { listed, fresh, refused, busy, reload, older: () => void (listed?.next && read(listed.next, listed.items)) };
}

export interface OpenedEvent {
  event: SentEvent | null;
  problem: Problem | null;
  /** Null until they came. */
  deliveries: Delivery[] | null;
  /** There are more than are shown. */
  more: boolean;
  /** Of the deliveries. */
  fresh: Freshness;
}

const NOTHING_YET: OpenedEvent = { event: null, problem: null, deliveries: null, more: false, fresh: NEVER };

/** One event and its deliveries, read again while one of them may still change. */
export function useOpenedEvent(id: string): OpenedEvent {
  const [opened, setOpened] = useState(NOTHING_YET);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (part: Partial<OpenedEvent>) => gone || setOpened((before) => ({ ...before, ...part }));
    const readDeliveries = async () => {
      const answer: Answer<Page<Delivery>> = await api.get("webhooks/deliveries", { event_id: id, limit: DELIVERIES });
      setOpened((before) => (gone ? before : { ...before, fresh: afterAnswer(before.fresh, answer, serverNow()) }));
      if (answer.ok) show({ deliveries: answer.value.items, more: answer.value.next_cursor !== null });
      const settled = answer.ok && answer.value.items.every((each) => isFinal(statusOf(each)));
      if (!gone && !settled) timer = setTimeout(readDeliveries, POLL_MS);
    };
    setOpened(NOTHING_YET);
    void readEvent(id).then((answer) => {
      show(answer.ok ? { event: answer.value } : { problem: answer.problem });
      if (answer.ok && !gone) void readDeliveries();
    });
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id]);
  return opened;
}

async function readEvent(id: string): Promise<Answer<SentEvent>> {
  if (!isId(id)) return { ok: false, problem: { status: 404, title: "", detail: "", errors: {} } };
  return api.event(id);
}

/** Whether anything happened to the thing with this id. */
export async function isEntity(id: string): Promise<boolean> {
  const answer = await api.get<Page<PublishedEvent>>("webhooks/events", { entity: id, limit: 1 });
  return answer.ok && answer.value.items.length > 0;
}
