import { Radio, Stack } from "@mantine/core"
import type { ReactNode } from "react"

interface Props<Value extends string> {
  label: string
  value: Value
  /** Each value with what it is called, and what it means where that is not plain. */
  options: readonly (readonly [value: Value, text: string, meaning?: string])[]
  onChange: (value: Value) => void
  disabled?: boolean
}

/** One of a few. */
export function Choice<Value extends string>({ label, value, options, onChange, disabled }: Props<Value>): ReactNode {
  const choose = (chosen: string) => {
    const option = options.find(([each]) => each === chosen)
    if (option !== undefined) onChange(option[0])
  }
  return (
    <Radio.Group label={label} value={value} onChange={choose}>
      <Stack gap="xs" mt="xs">
        {options.map(([each, text, meaning]) => (
          <Radio key={each} value={each} label={text} description={meaning} disabled={disabled ?? false} />
        ))}
      </Stack>
    </Radio.Group>
  )
}
