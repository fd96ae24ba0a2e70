import { EmojiPicker as Picker } from "frimousse"
import { type AriaAttributes, type ReactNode, useEffect, useRef } from "react"
import { useTranslation } from "react-i18next"
import classes from "./EmojiPicker.module.css"
import { emojiData } from "./emojiData.ts"

export default function EmojiPicker({ onEmoji }: { onEmoji: (emoji: string) => void }): ReactNode {
  const { t, i18n } = useTranslation("chat")
  const fingers = window.matchMedia("(pointer: coarse)").matches
  const search = useRef<HTMLInputElement>(null)
  // The popover has put the focus where it could before this chunk was loaded. A phone's keyboard would hide the emoji.
  useEffect(() => {
    if (!fingers) search.current?.focus({ preventScroll: true })
  }, [fingers])
  return (
    <Picker.Root
      className={classes.picker}
      columns={fingers ? 7 : 8}
      locale={i18n.language}
      resolveEmojiData={emojiData}
      onEmojiSelect={({ emoji }) => onEmoji(emoji)}
    >
      <Picker.Search
        ref={search}
        className={classes.search}
        aria-label={t("emoji.search")}
        placeholder={t("emoji.search")}
      />
      <Picker.Viewport className={classes.viewport} tabIndex={0}>
        <Picker.Loading className={classes.note}>{t("emoji.loading")}</Picker.Loading>
        <Picker.Empty className={classes.note}>{t("emoji.none")}</Picker.Empty>
        <Picker.List
          components={{
            CategoryHeader: ({ category, ...props }) => (
              <div {...props} className={classes.category}>
                {category.label}
              </div>
            ),
            Row: ({ children, ...props }) => (
              <div {...fromOne(props)} className={classes.row}>
                {children}
              </div>
            ),
            Emoji: ({ emoji, ...props }) => (
              <button type="button" {...fromOne(props)} className={classes.emoji}>
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </Picker.Viewport>
    </Picker.Root>
  )
}

/** The picker counts from 0, ARIA from 1. */
function fromOne<P extends AriaAttributes>(props: P): P {
  const { "aria-rowindex": row, "aria-colindex": column } = props
  return {
    ...props,
    ...(row !== undefined && { "aria-rowindex": row + 1 }),
    ...(column !== undefined && { "aria-colindex": column + 1 }),
  }
}
