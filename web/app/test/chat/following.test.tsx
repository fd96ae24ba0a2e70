// @vitest-environment jsdom
import { Timeline } from "@parley/sdk"
import type { Virtualizer } from "@tanstack/react-virtual"
import { cleanup, renderHook } from "@testing-library/react"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { noting, useFollowing } from "../../src/chat/list/useFollowing.ts"

const SEEN = 700

/** A list of rows, of which `SEEN` pixels are in view. */
class Shown {
  readonly scroller = { current: document.createElement("div") }
  readonly top = { current: 0 }
  readonly timeline = new Timeline(async () => ({ messages: [], more: false }))
  readonly open = vi.spyOn(this.timeline, "open")
  height = 2000
  last = 1
  atEnd = true

  private readonly list = {
    scrollElement: this.scroller.current,
    options: { horizontal: false },
    getTotalSize: () => this.height,
    getDistanceFromEnd: () => this.left,
    scrollToEnd: () => this.scroll(this.height - SEEN),
  } as unknown as Virtualizer<HTMLDivElement, Element>

  private readonly hook: ReturnType<typeof renderHook<(is: boolean) => void, unknown>>

  constructor() {
    const element = this.scroller.current
    Object.defineProperty(element, "scrollHeight", { get: () => this.height })
    Object.defineProperty(element, "clientHeight", { get: () => SEEN })
    element.scrollTo = ((to: ScrollToOptions) => this.go(to.top ?? 0)) as typeof element.scrollTo
    this.hook = renderHook(() => {
      const { scroller, top, timeline, atEnd } = this
      return useFollowing(this.list, { scroller, top, timeline, atEnd, last: `m${this.last}` })
    })
  }

  get left(): number {
    return this.height - SEEN - this.scroller.current.scrollTop
  }

  bring(toEnd: boolean): void {
    this.hook.result.current(toEnd)
  }

  /** By the list itself. */
  scroll(top: number): void {
    noting(this.top)(top, {}, this.list)
  }

  /** By whoever looks at it. */
  go(top: number): void {
    this.scroller.current.scrollTop = Math.max(0, Math.min(top, this.height - SEEN))
  }

  append(pixels: number): void {
    this.last += 1
    this.height += pixels
    this.hook.rerender()
  }

  /** Rows are measured, and are not as high as they were thought to be. */
  shrink(pixels: number): void {
    this.height -= pixels
    this.go(this.scroller.current.scrollTop)
    this.hook.rerender()
  }

  become(atEnd: boolean): void {
    this.atEnd = atEnd
    this.hook.rerender()
  }

  /** A browser tells once for each frame, however often it was scrolled. */
  frame(): void {
    this.scroller.current.dispatchEvent(new Event("scroll"))
  }
}

describe("whoever is at the end", () => {
  let shown: Shown

  beforeEach(() => {
    shown = new Shown()
    shown.bring(true)
    shown.append(50)
    shown.frame()
  })

  afterEach(cleanup)

  it("stays there when something is said", () => {
    shown.append(5000)
    expect(shown.left).toBe(0)
  })

  it("stays there while rows come and shrink between two frames", () => {
    shown.append(5000)
    shown.shrink(900)
    shown.append(300)
    shown.frame()
    shown.append(700)
    expect(shown.left).toBe(0)
  })

  it("is no more once he has scrolled up, and is again when he has come back", () => {
    shown.go(shown.scroller.current.scrollTop - 40)
    shown.frame()
    shown.append(300)
    expect(shown.left).toBe(340)
    shown.go(shown.height)
    shown.frame()
    shown.append(300)
    expect(shown.left).toBe(0)
  })

  it("stays there when the list moves up by itself", () => {
    shown.scroll(shown.scroller.current.scrollTop - 200)
    shown.frame()
    shown.append(300)
    expect(shown.left).toBe(0)
  })

  it("is brought to the new end when more has come than is held", () => {
    shown.become(false)
    expect(shown.open).toHaveBeenCalledExactlyOnceWith("end")
    shown.height = 1000
    shown.go(1000)
    shown.become(true)
    shown.append(4000)
    expect(shown.left).toBe(0)
  })

  it("is not when he is brought elsewhere", () => {
    shown.bring(false)
    shown.append(300)
    expect(shown.left).toBe(300)
  })
})

describe("whoever reads history", () => {
  afterEach(cleanup)

  it("is not taken to the end by what is loaded below", () => {
    const shown = new Shown()
    shown.become(false)
    shown.go(shown.height)
    shown.frame()
    shown.append(1000)
    shown.become(true)
    expect(shown.left).toBe(1000)
    expect(shown.open).not.toHaveBeenCalled()
  })
})
