export type { Event, Given, SendState, Sent } from "./events.ts"
export type * from "./wire.ts"
