// @vitest-environment jsdom
import { Rest } from "@parley/sdk"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { isPushOn, keepUp, pushState, switchOff, switchOn } from "../src/notifications/push.ts"

const rest = new Rest()
const subscribed = vi.spyOn(rest, "subscribePush")
const unsubscribed = vi.spyOn(rest, "unsubscribePush")
const ANN = "u_ann"
const BEN = "u_ben"

/** The browser's side: at most one subscription, and what the user answers when he is asked. */
let held: { endpoint: string; toJSON: () => object; unsubscribe: () => Promise<boolean> } | null
let answer: NotificationPermission
let permission: NotificationPermission

const pushManager = {
  getSubscription: async () => held,
  subscribe: vi.fn(async () => {
    const endpoint = `https://push.example/${pushManager.subscribe.mock.calls.length}`
    const unsubscribe = async () => {
      held = null
      return true
    }
    held = { endpoint, toJSON: () => ({ endpoint, keys: { p256dh: "key", auth: "secret" } }), unsubscribe }
    return held
  }),
}

beforeEach(() => {
  localStorage.clear()
  vi.clearAllMocks()
  held = null
  permission = "default"
  answer = "granted"
  vi.spyOn(rest, "pushKey").mockResolvedValue("server-key")
  subscribed.mockResolvedValue("id")
  unsubscribed.mockResolvedValue()
  const registration = { pushManager }
  vi.stubGlobal("PushManager", class {})
  vi.stubGlobal("Notification", {
    get permission() {
      return permission
    },
    requestPermission: async () => {
      permission = answer
      return permission
    },
  })
  Object.defineProperty(navigator, "serviceWorker", {
    configurable: true,
    value: { ready: Promise.resolve(registration), getRegistration: async () => registration },
  })
})

describe("notifications of this browser", () => {
  it("are off until they are asked for", async () => {
    expect(await pushState(ANN)).toBe("off")
    expect(pushManager.subscribe).not.toHaveBeenCalled()
  })

  it("are on for whom they were asked", async () => {
    expect(await switchOn(rest, ANN)).toBe("on")
    expect(pushManager.subscribe).toHaveBeenCalledWith({ userVisibleOnly: true, applicationServerKey: "server-key" })
    const keys = { p256dh: "key", auth: "secret" }
    expect(subscribed).toHaveBeenCalledExactlyOnceWith({ endpoint: "https://push.example/1", keys })
    expect(await pushState(ANN)).toBe("on")
    expect(await pushState(BEN)).toBe("off")
  })

  it("stay off when the browser does not allow them", async () => {
    answer = "denied"
    expect(await switchOn(rest, ANN)).toBe("blocked")
    expect(subscribed).not.toHaveBeenCalled()
  })

  it("are not on when the server could not be told", async () => {
    subscribed.mockRejectedValueOnce(new Error("unreachable"))
    await expect(switchOn(rest, ANN)).rejects.toThrow()
    expect(isPushOn(ANN)).toBe(false)
  })

  it("go off here and on the server", async () => {
    await switchOn(rest, ANN)
    expect(await switchOff(rest)).toBe("off")
    expect(unsubscribed).toHaveBeenCalledExactlyOnceWith("https://push.example/1")
    expect(held).toBeNull()
  })

  it("are renewed when the browser has let its subscription go", async () => {
    await switchOn(rest, ANN)
    held = null
    await keepUp(rest, ANN)
    expect(subscribed).toHaveBeenLastCalledWith(expect.objectContaining({ endpoint: "https://push.example/2" }))
  })

  it("never reach another user of the same browser", async () => {
    await switchOn(rest, ANN)
    subscribed.mockClear()
    await keepUp(rest, BEN)
    expect(held).toBeNull()
    expect(subscribed).not.toHaveBeenCalled()
    expect(await pushState(ANN)).toBe("off")
  })
})
