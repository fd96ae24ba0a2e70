import "../../styles-overlays.ts"
import { Kbd, Modal } from "@mantine/core"
import { Fragment, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useSettings } from "../../state/settings.ts"
import classes from "./Help.module.css"

/** The keys, and what they do. */
export default function Help({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const enterSends = useSettings((settings) => settings.enter === "send")
  const rows = [
    [t("help.switch"), ["Ctrl", "K"]],
    [t("help.help"), ["Ctrl", "/"]],
    [t("help.previous"), ["Alt", "↑"]],
    [t("help.next"), ["Alt", "↓"]],
    [t("help.previous_unread"), ["Alt", "Shift", "↑"]],
    [t("help.next_unread"), ["Alt", "Shift", "↓"]],
    [t("help.send"), enterSends ? ["Enter"] : ["Ctrl", "Enter"]],
    [t("help.newline"), enterSends ? ["Shift", "Enter"] : ["Enter"]],
    [t("help.edit_last"), ["↑"]],
    [t("help.bottom"), ["Esc"]],
  ] as const
  return (
    <Modal opened onClose={onClose} title={t("help.title")} closeButtonProps={{ "aria-label": t("close") }}>
      <dl className={classes.keys}>
        {rows.map(([text, keys]) => (
          <div key={text} className={classes.row}>
            <dt>{text}</dt>
            <dd>
              {keys.map((key, place) => (
                <Fragment key={key}>
                  {place > 0 && " + "}
                  <Kbd>{key}</Kbd>
                </Fragment>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
