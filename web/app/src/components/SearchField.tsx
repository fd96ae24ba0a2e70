import type { ReactNode } from "react"
import { Icon } from "./Icon.tsx"
import classes from "./SearchField.module.css"

interface Props {
  /** What is looked for; also shown while nothing is given. */
  label: string
  value: string
  onChange: (value: string) => void
}

/** Narrows a list as one types. */
export function SearchField({ label, value, onChange }: Props): ReactNode {
  return (
    <div className={classes.field}>
      <Icon name="search" size={16} />
      <input
        type="search"
        className={classes.input}
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  )
}
