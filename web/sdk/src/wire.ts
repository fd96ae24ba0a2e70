/**
 * What crosses the wire, under the protocol's own names; generated from the committed OpenAPI and AsyncAPI documents.
 * Whatever this SDK hands out has every field of these types: what the server leaves out is null or empty.
 */
import type { components as Rest } from "./generated/rest.ts"
import type { components as Socket } from "./generated/socket.ts"

type Frames = Socket["schemas"]
type Bodies = Rest["schemas"]

export type Message = Frames["Message-Output"] & { reactions: Record<string, string[]> }
export type SystemEvent = Frames["SystemEvent"]
export type Summary = Omit<Frames["Summary"], "last_message"> & { last_message: Message | null }
/** A conversation with its newest messages, ascending by seq; `more`: there are older ones. */
export type OpenedConversation = Summary & { messages: Message[]; more: boolean }
export type ConversationPage = { conversations: Summary[]; next: string | null }
/** Messages ascending by seq; `more`: there are more in the direction asked for. */
export type MessagePage = { messages: Message[]; more: boolean }
export type Member = Frames["MemberView"]
export type Role = Frames["Role"]
export type User = Frames["UserView"]
export type Cursor = Frames["Cursor"]
export type ErrorBody = Frames["ErrorBody"]
export type ErrorCode = Frames["ErrorCode"]
export type FieldError = Bodies["FieldError"]
export type Profile = Bodies["Profile"]
export type UserPage = Bodies["UserPage"]
export type Media = Bodies["MediaView"]
export type Hit = Omit<Bodies["Hit"], "message"> & { message: Message }
export type HitPage = { hits: Hit[]; next: string | null }
export type SignedIn = Bodies["SignedIn"]
export type SignIn = Bodies["SignIn"]
export type Preferences = Bodies["Preferences"]
export type RecipientReceipt = Bodies["RecipientReceipt"]
export type StartedChat = Bodies["StartedChat"]
export type SeatView = Bodies["SeatView"]
export type Entered = Omit<Bodies["Entered"], "user" | "peer"> & { user: User; peer: User }
export type Problem = Bodies["Problem"]
/** Accepted: it will be done or refused, never lost; a push will tell. */
export type Pending = Bodies["Pending"]
export type WhereToConnect = Bodies["WhereToConnect"]
