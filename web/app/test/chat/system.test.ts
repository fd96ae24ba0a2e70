import type { Message } from "@parley/sdk"
import { describe, expect, it } from "vitest"
import { sentencesOf } from "../../src/chat/model/system.ts"
import { ANNA, BEN, ME } from "./build.ts"

type Happened = NonNullable<Message["event"]>

const told = (given: Partial<Happened> & Pick<Happened, "type" | "by">) =>
  sentencesOf({ user: null, role: null, successor: null, fields: null, name: null, ...given }, ME, (user) => user).map(
    ({ key, context }) => `${key} ${context}`,
  )

describe("what system messages say", () => {
  it("depends on who did it to whom", () => {
    expect(told({ type: "added", by: ANNA, user: BEN })).toEqual(["system.added others"])
    expect(told({ type: "added", by: ME, user: BEN })).toEqual(["system.added byMe"])
    expect(told({ type: "removed", by: ANNA, user: ME })).toEqual(["system.removed me"])
    expect(told({ type: "left", by: ME, user: ME })).toEqual(["system.left byMe"])
  })

  it("says each thing that was changed, and who became admin", () => {
    expect(told({ type: "changed", by: ANNA, fields: ["name", "password"], name: "N" })).toEqual([
      "system.changed_name others",
      "system.changed_password others",
    ])
    expect(told({ type: "role", by: ANNA, user: BEN, role: "admin" })).toEqual(["system.made_admin others"])
    expect(told({ type: "left", by: ANNA, user: ANNA, successor: ME })).toEqual([
      "system.left others",
      "system.successor me",
    ])
  })
})
