/** What crosses the wire, under the protocol's own names; generated from the committed OpenAPI and AsyncAPI documents. */
import type { components as Rest } from "./generated/rest.ts"
import type { components as Socket } from "./generated/socket.ts"

type Frames = Socket["schemas"]
type Bodies = Rest["schemas"]

export type Message = Frames["Message-Output"]
export type Summary = Frames["Summary"]
export type Member = Frames["MemberView"]
export type User = Frames["UserView"]
export type Cursor = Frames["Cursor"]
export type ErrorBody = Frames["ErrorBody"]
export type ErrorCode = Frames["ErrorCode"]
export type Profile = Bodies["Profile"]
export type Media = Bodies["MediaView"]
export type Hit = Bodies["Hit"]
export type SignIn = Bodies["SignIn"]
export type Preferences = Bodies["Preferences"]
export type RecipientReceipt = Bodies["RecipientReceipt"]
export type StartedChat = Bodies["StartedChat"]
export type SeatView = Bodies["SeatView"]
export type Entered = Bodies["Entered"]
export type Problem = Bodies["Problem"]
