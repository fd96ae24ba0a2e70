import { beforeEach, describe, expect, it } from "vitest"
import { apply, clear, stateOf, useReceipts } from "../../src/state/receipts.ts"
import { ANNA, BEN, CONVERSATION, ME, member, minute, summary } from "./build.ts"

const heard = () => useReceipts.getState().byConversation[CONVERSATION] ?? {}
const receipt = (user: string, delivered: number, read: number) =>
  apply({ event: "receipt", conversation: CONVERSATION, user, delivered, read, at: minute(1) })

beforeEach(clear)

describe("how far a message has come", () => {
  it("follows the other one's receipts", () => {
    const direct = summary()
    expect(stateOf(direct, heard(), 3, ME)).toBe("sent")
    receipt(ANNA, 3, 2)
    expect(stateOf(direct, heard(), 3, ME)).toBe("delivered")
    receipt(ANNA, 3, 3)
    expect(stateOf(direct, heard(), 3, ME)).toBe("read")
  })

  it("never goes back", () => {
    receipt(ANNA, 9, 9)
    receipt(ANNA, 3, 1)
    expect(heard()[ANNA]).toEqual({ delivered: 9, read: 9 })
  })

  it("is read in a group when all others have read it", () => {
    const group = summary({ members: [member(ME), member(ANNA), member(BEN, { delivered: 5 })] })
    receipt(ANNA, 5, 5)
    expect(stateOf(group, heard(), 5, ME)).toBe("delivered")
    receipt(BEN, 5, 5)
    expect(stateOf(group, heard(), 5, ME)).toBe("read")
  })

  it("claims nothing for members that nothing is known of", () => {
    const large = summary({ members: [member(ME), member(ANNA, { delivered: 9, read: 9 })], member_count: 3 })
    expect(stateOf(large, heard(), 5, ME)).toBe("sent")
    receipt(BEN, 9, 9)
    expect(stateOf(large, heard(), 5, ME)).toBe("read")
  })

  it("stays as it was sent where there is nobody else", () => {
    expect(stateOf(summary({ members: [member(ME)] }), heard(), 5, ME)).toBe("sent")
  })
})
