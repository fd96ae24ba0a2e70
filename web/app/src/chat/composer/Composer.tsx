import { ActionIcon } from "@mantine/core"
import type { Message } from "@parley/sdk"
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useSettings } from "../../state/settings.ts"
import { useChat } from "../context.ts"
import { Glyph } from "../Glyph.tsx"
import { MAX_TEXT } from "../model/files.ts"
import { withMention } from "../model/mentions.ts"
import { AttachButton } from "./AttachButton.tsx"
import classes from "./Composer.module.css"
import { ContextBar } from "./ContextBar.tsx"
import { EmojiButton } from "./EmojiButton.tsx"
import { MentionList } from "./MentionList.tsx"
import { UploadList } from "./UploadList.tsx"
import { useDrafting } from "./useDrafting.ts"
import { useMentions } from "./useMentions.ts"
import { useTypingSignal } from "./useTypingSignal.ts"
import type { Uploads } from "./useUploads.ts"

interface Props {
  input: RefObject<HTMLTextAreaElement | null>
  uploads: Uploads
  /** The message that is being edited or answered, where it is loaded. */
  context: Message | undefined
  onSent: () => void
  onEditLast: () => void
  onLeave: () => void
}

/** Where one writes. */
export function Composer({ input, uploads, context, onSent, onEditLast, onLeave }: Props): ReactNode {
  const { conversation, summary, compact } = useChat()
  const { t } = useTranslation("chat")
  const { draft, refusal, write, cancel, send } = useDrafting()
  const { enter } = useSettings()
  const signal = useTypingSignal()
  const list = useId()
  const [caret, setCaret] = useState<number | null>(null)
  const insert = (text: string, at: number) => {
    write(text)
    putCaret(input.current, at, setCaret)
  }
  const mention = (username: string) => {
    const done = withMention(draft.text, caret ?? draft.text.length, username)
    insert(done.text, done.caret)
  }
  const mentions = useMentions(draft.text, caret, mention)
  useAutosize(input, draft.text)
  useFocusOn(input, `${conversation} ${draft.edits?.seq ?? ""} ${draft.reply_to ?? ""}`, compact)

  const files = draft.edits === undefined ? uploads.all : []
  const failed = files.some((upload) => upload.error !== null)
  const uploading = files.some((upload) => upload.media === null)
  const over = draft.text.length - MAX_TEXT
  const whole = !failed && over <= 0 && (draft.text.trim() !== "" || files.length > 0)

  const submit = () => {
    if (!whole) return
    const media = files.flatMap((upload) => upload.media?.id ?? [])
    if (uploading) wish()
    else if (send(media)) sent()
  }
  const { wished, wish } = useSendingLater(submit, draft.text, uploading, failed)
  const sent = () => {
    signal(false)
    if (draft.edits === undefined) uploads.clear()
    onSent()
    input.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing || mentions.key(event)) return
    if (event.key === "Enter" && sends(event, enter)) submit()
    else if (event.key === "ArrowUp" && draft.text === "" && !event.altKey) onEditLast()
    else if (event.key === "Escape") onLeave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const takesFiles = summary?.kind !== "ephemeral" && draft.edits === undefined
  const seq = draft.edits?.seq ?? draft.reply_to
  const open = mentions.offered.length > 0
  return (
    <form
      className={classes.composer}
      data-compact={compact || undefined}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {seq !== undefined && (
        <ContextBar kind={draft.edits === undefined ? "reply" : "edit"} seq={seq} known={context} onCancel={cancel} />
      )}
      {takesFiles && <UploadList uploads={uploads} />}
      {open && <MentionList id={list} mentions={mentions} onTake={mention} />}
      <div className={classes.line}>
        {takesFiles && <AttachButton onFiles={uploads.add} />}
        <textarea
          ref={input}
          className={classes.input}
          rows={1}
          value={draft.text}
          placeholder={t("composer.placeholder")}
          aria-label={t("composer.label")}
          aria-autocomplete="list"
          aria-controls={open ? list : undefined}
          aria-activedescendant={open ? `${list}-${mentions.chosen}` : undefined}
          aria-invalid={over > 0 || undefined}
          onChange={(event) => {
            write(event.target.value)
            setCaret(event.target.selectionStart)
            signal(event.target.value.trim() !== "" && draft.edits === undefined)
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onBlur={() => {
            setCaret(null)
            signal(false)
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            if (!takesFiles || event.clipboardData.files.length === 0) return
            event.preventDefault()
            uploads.add([...event.clipboardData.files])
          }}
        />
        <EmojiButton
          onEmoji={(emoji) => {
            const at = input.current?.selectionStart ?? draft.text.length
            insert(draft.text.slice(0, at) + emoji + draft.text.slice(at), at + emoji.length)
          }}
        />
        <ActionIcon
          type="submit"
          variant="filled"
          color="indigo"
          radius="xl"
          size={36}
          className={classes.send}
          disabled={!whole}
          aria-label={draft.edits === undefined ? t("composer.send") : t("composer.save")}
        >
          <Glyph name="send" size={19} />
        </ActionIcon>
      </div>
      <Note over={over} refusal={refusal} uploading={uploading && draft.text.trim() !== ""} wished={wished} />
    </form>
  )
}

interface NoteProps {
  over: number
  refusal: string | null
  uploading: boolean
  wished: boolean
}

function Note({ over, refusal, uploading, wished }: NoteProps): ReactNode {
  const { t } = useTranslation("chat")
  if (over > 0)
    return (
      <p className={classes.note} role="alert">
        {t("composer.too_long", { count: over })}
      </p>
    )
  if (refusal === "full" || refusal === "too_large" || refusal === "unknown")
    return (
      <p className={classes.note} role="alert">
        {t(`not_taken.${refusal}`)}
      </p>
    )
  if (wished) return <p className={classes.waiting}>{t("composer.sent_later")}</p>
  return uploading ? <p className={classes.waiting}>{t("composer.uploading")}</p> : null
}

/** Sends what was to be sent once its files are there, unless one of them fails, or whoever wrote it writes on. */
function useSendingLater(
  submit: () => void,
  text: string,
  uploading: boolean,
  failed: boolean,
): { wished: boolean; wish: () => void } {
  const [wishedFor, setWishedFor] = useState<string | null>(null)
  const wished = wishedFor === text && uploading && !failed
  useEffect(() => {
    if (wishedFor === null || wished) return
    setWishedFor(null)
    if (wishedFor === text && !failed) submit()
  }, [wishedFor, wished, text, failed, submit])
  return { wished, wish: () => setWishedFor(text) }
}

/** Ctrl+Enter always sends; Enter alone as the setting says. */
function sends(event: KeyboardEvent, enter: "send" | "newline"): boolean {
  if (event.ctrlKey || event.metaKey) return true
  return enter === "send" && !event.shiftKey && !event.altKey
}

function putCaret(input: HTMLTextAreaElement | null, at: number, tell: (at: number) => void): void {
  // React puts the new text in first, and the caret behind it.
  requestAnimationFrame(() => {
    input?.focus()
    input?.setSelectionRange(at, at)
    tell(at)
  })
}

const TALLEST = 0.4

function useAutosize(input: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows from the text
  useLayoutEffect(() => {
    const element = input.current
    if (element === null) return
    element.style.height = "auto"
    element.style.height = `${Math.min(element.scrollHeight, window.innerHeight * TALLEST)}px`
  }, [input, text])
}

/** Opened, or told what to edit or answer, one wants to write; a keyboard over half a phone only when asked for. */
function useFocusOn(input: RefObject<HTMLTextAreaElement | null>, occasion: string, compact: boolean): void {
  const [first] = useState(occasion)
  useEffect(() => {
    const opened = occasion === first
    if (opened && (compact || window.matchMedia("(pointer: coarse)").matches)) return
    const element = input.current
    element?.focus({ preventScroll: true })
    element?.setSelectionRange(element.value.length, element.value.length)
  }, [input, occasion, first, compact])
}
