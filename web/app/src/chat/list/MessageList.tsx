import type { Message, Timeline, TimelineView } from "@parley/sdk"
import { useVirtualizer } from "@tanstack/react-virtual"
import { type ReactNode, useMemo, useRef } from "react"
import { useTranslation } from "react-i18next"
import { MessageRow } from "../message/MessageRow.tsx"
import { SystemRow } from "../message/SystemRow.tsx"
import type { Row } from "../model/rows.ts"
import { DayRow, GapRow, UnreadRow } from "./Borders.tsx"
import { Edge } from "./Edge.tsx"
import { JumpButtons } from "./JumpButtons.tsx"
import classes from "./MessageList.module.css"
import type { Place } from "./place.ts"
import { useBottomFixed } from "./useBottomFixed.ts"
import { AT_END_PX, noting, useFollowing } from "./useFollowing.ts"
import { useKeys } from "./useKeys.ts"
import { useMoreHistory } from "./useMoreHistory.ts"
import { usePlacing } from "./usePlacing.ts"
import { useReading } from "./useReading.ts"

interface Props {
  rows: Row[]
  timeline: Timeline
  view: TimelineView
  /** Where to be; a new one is gone to. */
  place: Place | null
  firstUnread: number | null
  onBottom: () => void
  onFirstUnread: () => void
}

const ESTIMATES = { day: 44, unread: 40, gap: 36, system: 38, message: 58 } as const

/** The messages, of which only those in and around view are in the document. */
export function MessageList({ rows, timeline, view, place, firstUnread, onBottom, onFirstUnread }: Props): ReactNode {
  const { t } = useTranslation("chat")
  const scroller = useRef<HTMLDivElement>(null)
  const top = useRef(0)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    scrollToFn: noting(top),
    estimateSize: (index) => estimate(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: "end",
    scrollEndThreshold: AT_END_PX,
    paddingStart: 8,
    paddingEnd: 24,
    overscan: 8,
  })
  const follow = useFollowing(virtualizer, { scroller, top, timeline, atEnd: view.atEnd, last: rows.at(-1)?.key })
  const { settled, marked } = usePlacing(virtualizer, rows, place, follow)
  useBottomFixed(scroller)
  const failed = useMoreHistory(virtualizer, rows.length, timeline, view, settled)
  const seen = useReading(virtualizer, rows, scroller, settled)
  const { active, handlers } = useKeys(virtualizer, rows, scroller)
  const bySeq = useMemo(() => new Map(view.messages.map((message) => [message.seq, message])), [view.messages])
  return (
    <div className={classes.frame}>
      <div
        ref={scroller}
        className={classes.scroller}
        data-messages
        role="log"
        aria-live="off"
        aria-label={t("messages")}
        aria-busy={view.loading !== null}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable from the keyboard
        tabIndex={0}
        {...handlers}
      >
        <Edge side="older" view={view} failed={failed === "older"} onRetry={() => void timeline.older()} />
        <div
          className={classes.content}
          data-settled={settled || undefined}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map((item) => (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className={classes.item}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <RowView row={rows[item.index]} active={active} marked={marked} bySeq={bySeq} />
            </div>
          ))}
        </div>
        <Edge
          side="newer"
          view={view}
          failed={failed !== null && failed !== "older"}
          onRetry={() => void timeline.newer()}
        />
      </div>
      {settled && (
        <JumpButtons
          virtualizer={virtualizer}
          rows={rows}
          view={view}
          seen={seen}
          firstUnread={firstUnread}
          jumped={place?.at === "end" && place.asked}
          onBottom={onBottom}
          onFirstUnread={onFirstUnread}
        />
      )}
    </div>
  )
}

function estimate(row: Row | undefined): number {
  if (row?.type !== "message") return ESTIMATES[row?.type ?? "day"]
  const lines = Math.floor((row.entry.text?.length ?? 0) / 70)
  return ESTIMATES.message + lines * 22 - (row.first ? 0 : 16) + (row.entry.media.length > 0 ? 200 : 0)
}

interface RowProps {
  row: Row | undefined
  active: string | null
  marked: string | null
  bySeq: ReadonlyMap<number, Message>
}

function RowView({ row, active, marked, bySeq }: RowProps): ReactNode {
  if (row === undefined) return null
  if (row.type === "day") return <DayRow at={row.at} />
  if (row.type === "unread") return <UnreadRow />
  if (row.type === "gap") return <GapRow />
  const { entry, key } = row
  if (row.type === "system") return entry.event && <SystemRow event={entry.event} at={entry.at} />
  const quoted = entry.reply_to === null ? undefined : bySeq.get(entry.reply_to)
  return <MessageRow entry={entry} first={row.first} active={active === key} marked={marked === key} quoted={quoted} />
}
