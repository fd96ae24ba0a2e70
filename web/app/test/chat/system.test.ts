import type { Message } from "@parley/sdk"
import { describe, expect, it } from "vitest"
import { sentencesOf } from "../../src/chat/model/system.ts"
import { ANNA, BEN, ME } from "./build.ts"

type Happened = NonNullable<Message["event"]>

const keys = (given: Partial<Happened> & Pick<Happened, "type" | "by">) =>
  sentencesOf({ user: null, role: null, successor: null, fields: null, name: null, ...given }, ME, (user) => user).map(
    (sentence) => sentence.key,
  )

describe("what system messages say", () => {
  it("depends on who did it to whom", () => {
    expect(keys({ type: "added", by: ANNA, user: BEN })).toEqual(["system.added"])
    expect(keys({ type: "added", by: ME, user: BEN })).toEqual(["system.added_byMe"])
    expect(keys({ type: "removed", by: ANNA, user: ME })).toEqual(["system.removed_me"])
    expect(keys({ type: "left", by: ME, user: ME })).toEqual(["system.left_byMe"])
  })

  it("says each thing that was changed, and who became admin", () => {
    expect(keys({ type: "changed", by: ANNA, fields: ["name", "password"], name: "N" })).toEqual([
      "system.changed_name",
      "system.changed_password",
    ])
    expect(keys({ type: "role", by: ANNA, user: BEN, role: "admin" })).toEqual(["system.made_admin"])
    expect(keys({ type: "left", by: ANNA, user: ANNA, successor: ME })).toEqual(["system.left", "system.successor_me"])
  })
})
