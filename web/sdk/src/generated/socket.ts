export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Accepted
         * @description Kafka has the command durably: it will be stored or rejected, never lost.
         */
        Accepted: {
            /**
             * Type
             * @default accepted
             * @constant
             */
            type: "accepted";
            /** Id */
            id: string;
            /** At */
            at: string;
            /**
             * Masked
             * @default null
             */
            masked: boolean | null;
        };
        /**
         * Changes
         * @description Every message whose latest change has a rev in (`from`, `to`], in rev order.
         *
         *     With `more`, the client asks again by `sync` with a cursor at `to`.
         */
        Changes: {
            /**
             * Type
             * @default changes
             * @constant
             */
            type: "changes";
            /** Conversation */
            conversation: string;
            /** Epoch */
            epoch: string;
            /** From */
            from: number;
            /** To */
            to: number;
            /** Messages */
            messages: components["schemas"]["Message-Output"][];
            /** More */
            more: boolean;
        };
        /** Connect */
        Connect: {
            /**
             * Type
             * @constant
             */
            type: "connect";
            /**
             * Id
             * @default null
             */
            id: string | null;
            /** Protocol */
            protocol: number;
            /** Token */
            token: string;
            /** Device */
            device: string;
            /** Cursors */
            cursors?: {
                [key: string]: components["schemas"]["Cursor"];
            };
        };
        /** Connected */
        Connected: {
            /**
             * Type
             * @default connected
             * @constant
             */
            type: "connected";
            /**
             * Id
             * @default null
             */
            id: string | null;
            /** Session */
            session: string;
            user: components["schemas"]["UserView"];
            /** Edge */
            edge: string;
            /** Conversations */
            conversations: components["schemas"]["Summary"][];
            /** More */
            more: boolean;
            /**
             * Online
             * @default []
             */
            online: string[];
            /** Resumed */
            resumed: boolean;
        };
        /** ConversationCreated */
        ConversationCreated: {
            /** Event Id */
            event_id: string;
            /** Conversation */
            conversation: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Type
             * @default conversation_created
             * @constant
             */
            type: "conversation_created";
            /** By */
            by: string;
            /** Members */
            members: string[];
        };
        /**
         * ConversationKind
         * @enum {string}
         */
        ConversationKind: "direct" | "group" | "ephemeral";
        /**
         * ConversationPush
         * @description A conversation that appeared or changed, as the receiving member sees it.
         */
        ConversationPush: {
            /** Id */
            id: string;
            kind: components["schemas"]["ConversationKind"];
            /** Name */
            name: string | null;
            /** Description */
            description: string | null;
            /** Epoch */
            epoch: string;
            /** Seq */
            seq: number;
            /** Rev */
            rev: number;
            /** Members */
            members: components["schemas"]["MemberView"][];
            /** Member Count */
            member_count: number;
            last_message: components["schemas"]["Message-Output"] | null;
            /** @default null */
            last_message_status: components["schemas"]["MessageStatus"] | null;
            /** Unread */
            unread: number;
            /**
             * Marked Unread
             * @default false
             */
            marked_unread: boolean;
            /**
             * Muted
             * @default false
             */
            muted: boolean;
            /**
             * Muted Until
             * @default null
             */
            muted_until: string | null;
            /**
             * Blocked
             * @default false
             */
            blocked: boolean;
            /** Created At */
            created_at: string;
            /** Updated At */
            updated_at: string;
            /**
             * Type
             * @default conversation
             * @constant
             */
            type: "conversation";
        };
        /**
         * CreateConversation
         * @description Begin a conversation. `members` names everyone, the sender included; a direct or ephemeral one has exactly two.
         *
         *     `epoch` is drawn by whoever asks, so that deciding stays a pure function of the record.
         */
        CreateConversation: {
            /** Conversation */
            conversation: string;
            /** Sender */
            sender: string;
            /** Client Id */
            client_id: string;
            /**
             * Type
             * @default create
             * @constant
             */
            type: "create";
            kind: components["schemas"]["ConversationKind"];
            /** Epoch */
            epoch: string;
            /** Members */
            members: string[];
            /**
             * Name
             * @default null
             */
            name: string | null;
            /**
             * Description
             * @default null
             */
            description: string | null;
            /**
             * Password
             * @default null
             */
            password: string | null;
        };
        /**
         * Cursor
         * @description All a client needs to remember of a conversation: the numbering and the last change it has.
         */
        Cursor: {
            /** Epoch */
            epoch: string;
            /** Rev */
            rev: number;
        };
        /** DeleteFrame */
        DeleteFrame: {
            /**
             * Type
             * @constant
             */
            type: "delete";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /** Seq */
            seq: number;
        };
        /**
         * Delivered
         * @description The user has everything up to this seq; beyond the head counts as the head.
         */
        Delivered: {
            /**
             * Type
             * @constant
             */
            type: "delivered";
            /**
             * Id
             * @default null
             */
            id: string | null;
            /** Conversation */
            conversation: string;
            /** Seq */
            seq: number;
        };
        /** Deliveries */
        Deliveries: {
            /** Deliveries */
            deliveries: components["schemas"]["Delivery"][];
        };
        /**
         * Delivery
         * @description One frame for some sessions (or waiting requests) of one edge, or the word to close them.
         */
        Delivery: {
            /** To */
            to: string[];
            /**
             * Frame
             * @default null
             */
            frame: {
                [key: string]: unknown;
            } | null;
            /**
             * Close
             * @default null
             */
            close: number | null;
            /**
             * Trace
             * @default null
             */
            trace: string | null;
        };
        /** EditFrame */
        EditFrame: {
            /**
             * Type
             * @constant
             */
            type: "edit";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /** Seq */
            seq: number;
            /** Text */
            text: string;
        };
        /**
         * EndFrame
         * @description End an ephemeral chat, for both.
         */
        EndFrame: {
            /**
             * Type
             * @constant
             */
            type: "end";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
        };
        /**
         * Ended
         * @description An ephemeral chat is over, and nothing of it is left: `by` is the name of the one who ended it, or says why it
         *     ended by itself: `inactivity`, `expired`.
         */
        Ended: {
            /**
             * Type
             * @default ended
             * @constant
             */
            type: "ended";
            /** Conversation */
            conversation: string;
            /** By */
            by: string;
        };
        /**
         * ErrorBody
         * @description What a client is told of a failure.
         */
        ErrorBody: {
            code: components["schemas"]["ErrorCode"];
            /** Message */
            message: string;
            /** Retry */
            retry: boolean;
            /**
             * Retry After
             * @default null
             */
            retry_after: number | null;
        };
        /**
         * ErrorCode
         * @enum {string}
         */
        ErrorCode: "invalid_frame" | "unsupported_protocol" | "unauthenticated" | "token_expired" | "forbidden" | "not_found" | "not_a_member" | "conversation_ended" | "too_large" | "rate_limited" | "content_forbidden" | "conflict" | "wrong_password" | "wrong_code" | "locked_out" | "unavailable" | "unknown_outcome" | "internal";
        /** ErrorFrame */
        ErrorFrame: {
            /**
             * Type
             * @default error
             * @constant
             */
            type: "error";
            /**
             * Id
             * @default null
             */
            id: string | null;
            error: components["schemas"]["ErrorBody"];
        };
        /** Gone */
        Gone: {
            /**
             * Type
             * @default gone
             * @constant
             */
            type: "gone";
            /** Conversation */
            conversation: string;
            /**
             * Reason
             * @enum {string}
             */
            reason: "removed" | "left" | "deleted" | "ended";
            /**
             * Rev
             * @default null
             */
            rev: number | null;
        };
        /** History */
        History: {
            /**
             * Type
             * @default history
             * @constant
             */
            type: "history";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /** Messages */
            messages: components["schemas"]["Message-Output"][];
            /** More */
            more: boolean;
        };
        /** HistoryRequest */
        HistoryRequest: {
            /**
             * Type
             * @constant
             */
            type: "history";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /**
             * Before
             * @default null
             */
            before: number | null;
            /**
             * After
             * @default null
             */
            after: number | null;
            /**
             * Around
             * @default null
             */
            around: number | null;
            /**
             * Limit
             * @default 50
             */
            limit: number;
        };
        /**
         * MemberView
         * @description A member as others see him; `delivered` and `read` are seqs that only ever grow.
         */
        MemberView: {
            /** User */
            user: string;
            /** Username */
            username: string;
            /**
             * Name
             * @default null
             */
            name: string | null;
            /**
             * Picture
             * @default null
             */
            picture: string | null;
            role: components["schemas"]["Role"];
            /**
             * Delivered
             * @default 0
             */
            delivered: number;
            /**
             * Read
             * @default 0
             */
            read: number;
        };
        /**
         * Message
         * @description One message in the state of its latest change.
         *
         *     `seq` numbers messages, `rev` numbers changes of the conversation; both count from 1 without gaps within one
         *     `epoch`. `client_id` is the sender's own id of the command that made it, `cause` that of its latest change.
         */
        "Message-Input": {
            /** Conversation */
            conversation: string;
            /** Epoch */
            epoch: string;
            /** Seq */
            seq: number;
            /** Rev */
            rev: number;
            /** @default text */
            kind: components["schemas"]["MessageKind"];
            /** Sender */
            sender: string;
            /** Client Id */
            client_id: string;
            /**
             * Cause
             * @default null
             */
            cause: string | null;
            /** @default null */
            event: components["schemas"]["SystemEvent"] | null;
            /**
             * Text
             * @default null
             */
            text: string | null;
            /**
             * Media
             * @default []
             */
            media: string[];
            /**
             * Reply To
             * @default null
             */
            reply_to: number | null;
            /**
             * Mentions
             * @default []
             */
            mentions: string[];
            /** Reactions */
            reactions?: {
                [key: string]: string[];
            };
            /**
             * Sent At
             * Format: date-time
             */
            sent_at: string;
            /**
             * Edited At
             * @default null
             */
            edited_at: string | null;
            /**
             * Deleted At
             * @default null
             */
            deleted_at: string | null;
        };
        /**
         * Message
         * @description One message in the state of its latest change.
         *
         *     `seq` numbers messages, `rev` numbers changes of the conversation; both count from 1 without gaps within one
         *     `epoch`. `client_id` is the sender's own id of the command that made it, `cause` that of its latest change.
         */
        "Message-Output": {
            /** Conversation */
            conversation: string;
            /** Epoch */
            epoch: string;
            /** Seq */
            seq: number;
            /** Rev */
            rev: number;
            /** @default text */
            kind: components["schemas"]["MessageKind"];
            /** Sender */
            sender: string;
            /** Client Id */
            client_id: string;
            /**
             * Cause
             * @default null
             */
            cause: string | null;
            /** @default null */
            event: components["schemas"]["SystemEvent"] | null;
            /**
             * Text
             * @default null
             */
            text: string | null;
            /**
             * Media
             * @default []
             */
            media: string[];
            /**
             * Reply To
             * @default null
             */
            reply_to: number | null;
            /**
             * Mentions
             * @default []
             */
            mentions: string[];
            /** Reactions */
            reactions?: {
                [key: string]: string[];
            };
            /** Sent At */
            sent_at: string;
            /**
             * Edited At
             * @default null
             */
            edited_at: string | null;
            /**
             * Deleted At
             * @default null
             */
            deleted_at: string | null;
        };
        /**
         * MessageKind
         * @enum {string}
         */
        MessageKind: "text" | "system";
        /** MessagePush */
        MessagePush: {
            /** Conversation */
            conversation: string;
            /** Epoch */
            epoch: string;
            /** Seq */
            seq: number;
            /** Rev */
            rev: number;
            /** @default text */
            kind: components["schemas"]["MessageKind"];
            /** Sender */
            sender: string;
            /** Client Id */
            client_id: string;
            /**
             * Cause
             * @default null
             */
            cause: string | null;
            /** @default null */
            event: components["schemas"]["SystemEvent"] | null;
            /**
             * Text
             * @default null
             */
            text: string | null;
            /**
             * Media
             * @default []
             */
            media: string[];
            /**
             * Reply To
             * @default null
             */
            reply_to: number | null;
            /**
             * Mentions
             * @default []
             */
            mentions: string[];
            /** Reactions */
            reactions?: {
                [key: string]: string[];
            };
            /** Sent At */
            sent_at: string;
            /**
             * Edited At
             * @default null
             */
            edited_at: string | null;
            /**
             * Deleted At
             * @default null
             */
            deleted_at: string | null;
            /**
             * Type
             * @default message
             * @constant
             */
            type: "message";
        };
        /**
         * MessageStatus
         * @description How far a message has come: stored, then with its recipients, then read by them.
         * @enum {string}
         */
        MessageStatus: "sent" | "delivered" | "read";
        /**
         * MessageStored
         * @description A message, or a system message: what happened to the members is one too, told to whom it put out as well.
         */
        MessageStored: {
            /** Event Id */
            event_id: string;
            /** Conversation */
            conversation: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /**
             * Type
             * @default message_stored
             * @constant
             */
            type: "message_stored";
            message: components["schemas"]["Message-Input"];
            /** Members */
            members: string[];
        };
        /**
         * Notice
         * @description What one should know in an ephemeral chat. `inactivity_soon`: it ends `at` that time unless something is said.
         */
        Notice: {
            /**
             * Type
             * @default notice
             * @constant
             */
            type: "notice";
            /** Conversation */
            conversation: string;
            /**
             * Code
             * @enum {string}
             */
            code: "inactivity_soon" | "wrong_code_tried" | "peer_joined" | "peer_left";
            /**
             * At
             * @default null
             */
            at: string | null;
        };
        /**
         * Opened
         * @description The first record of every user topic, made with the topic: the first append costs the broker most.
         */
        Opened: {
            /**
             * Type
             * @default opened
             * @constant
             */
            type: "opened";
        };
        /** PresenceReport */
        PresenceReport: {
            type: components["schemas"]["Sign"];
            /** User */
            user: string;
            /**
             * Session
             * @default null
             */
            session: string | null;
            /**
             * Since
             * @default null
             */
            since: string | null;
            /**
             * To
             * @default null
             */
            to: string[] | null;
        };
        /** ReactFrame */
        ReactFrame: {
            /**
             * Type
             * @constant
             */
            type: "react";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /** Seq */
            seq: number;
            /** Emoji */
            emoji: string;
            /** On */
            on: boolean;
        };
        /**
         * Read
         * @description The user has read everything up to this seq, and so has it; beyond the head counts as the head.
         */
        Read: {
            /**
             * Type
             * @constant
             */
            type: "read";
            /**
             * Id
             * @default null
             */
            id: string | null;
            /** Conversation */
            conversation: string;
            /** Seq */
            seq: number;
        };
        /**
         * Receipt
         * @description How far a member has come: each seq only ever grows, so a client keeps the greater of what it has and this.
         */
        Receipt: {
            /**
             * Type
             * @default receipt
             * @constant
             */
            type: "receipt";
            /** Conversation */
            conversation: string;
            /** User */
            user: string;
            /** Delivered */
            delivered: number;
            /** Read */
            read: number;
            /** At */
            at: string;
        };
        /**
         * ReceiptRecord
         * @description A member has everything up to the seq `delivered`, and has read everything up to the seq `read` (0: nothing).
         *
         *     What is read is delivered, whatever `delivered` says. The record's time is when it happened, by the broker's clock.
         */
        ReceiptRecord: {
            /** Conversation */
            conversation: string;
            /** User */
            user: string;
            /**
             * Delivered
             * @default 0
             */
            delivered: number;
            /**
             * Read
             * @default 0
             */
            read: number;
            /**
             * Session
             * @default null
             */
            session: string | null;
        };
        /** Refresh */
        Refresh: {
            /**
             * Type
             * @constant
             */
            type: "refresh";
            /**
             * Id
             * @default null
             */
            id: string | null;
            /** Token */
            token: string;
        };
        /** Refreshed */
        Refreshed: {
            /**
             * Type
             * @default refreshed
             * @constant
             */
            type: "refreshed";
            /**
             * Id
             * @default null
             */
            id: string | null;
        };
        /** Rejected */
        Rejected: {
            /**
             * Type
             * @default rejected
             * @constant
             */
            type: "rejected";
            /** Id */
            id: string;
            error: components["schemas"]["ErrorBody"];
        };
        /**
         * Reset
         * @description Forget what you have of this conversation and read its history anew, from this rev on.
         */
        Reset: {
            /**
             * Type
             * @default reset
             * @constant
             */
            type: "reset";
            /** Conversation */
            conversation: string;
            /** Epoch */
            epoch: string;
            /** Rev */
            rev: number;
        };
        /**
         * Role
         * @enum {string}
         */
        Role: "admin" | "member";
        /**
         * SendMessage
         * @description Say something in a conversation.
         */
        SendMessage: {
            /** Conversation */
            conversation: string;
            /** Sender */
            sender: string;
            /** Client Id */
            client_id: string;
            /**
             * Type
             * @default message
             * @constant
             */
            type: "message";
            /**
             * Text
             * @default null
             */
            text: string | null;
            /**
             * Media
             * @default []
             */
            media: string[];
            /**
             * Reply To
             * @default null
             */
            reply_to: number | null;
            /**
             * Mentions
             * @default []
             */
            mentions: string[];
        };
        /** SendMessageFrame */
        SendMessageFrame: {
            /**
             * Type
             * @constant
             */
            type: "message";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /**
             * Text
             * @default null
             */
            text: string | null;
            /**
             * Media
             * @default []
             */
            media: string[];
            /**
             * Reply To
             * @default null
             */
            reply_to: number | null;
            /**
             * Mentions
             * @default []
             */
            mentions: string[];
        };
        /**
         * Sign
         * @enum {string}
         */
        Sign: "opened" | "closed" | "lost" | "away" | "met" | "doubt";
        /** SignedOut */
        SignedOut: {
            /**
             * Type
             * @default signed_out
             * @constant
             */
            type: "signed_out";
        };
        /** Stored */
        Stored: {
            /**
             * Type
             * @default stored
             * @constant
             */
            type: "stored";
            /** Id */
            id: string;
            /** Conversation */
            conversation: string;
            /** Seq */
            seq: number;
            /** Rev */
            rev: number;
        };
        /**
         * Summary
         * @description A conversation in one member's list. `members` holds the first 50, `member_count` says how many there are.
         */
        Summary: {
            /** Id */
            id: string;
            kind: components["schemas"]["ConversationKind"];
            /** Name */
            name: string | null;
            /** Description */
            description: string | null;
            /** Epoch */
            epoch: string;
            /** Seq */
            seq: number;
            /** Rev */
            rev: number;
            /** Members */
            members: components["schemas"]["MemberView"][];
            /** Member Count */
            member_count: number;
            last_message: components["schemas"]["Message-Output"] | null;
            /** @default null */
            last_message_status: components["schemas"]["MessageStatus"] | null;
            /** Unread */
            unread: number;
            /**
             * Marked Unread
             * @default false
             */
            marked_unread: boolean;
            /**
             * Muted
             * @default false
             */
            muted: boolean;
            /**
             * Muted Until
             * @default null
             */
            muted_until: string | null;
            /**
             * Blocked
             * @default false
             */
            blocked: boolean;
            /** Created At */
            created_at: string;
            /** Updated At */
            updated_at: string;
        };
        /** Sync */
        Sync: {
            /**
             * Type
             * @constant
             */
            type: "sync";
            /** Id */
            id: string;
            /** Cursors */
            cursors: {
                [key: string]: components["schemas"]["Cursor"];
            };
        };
        /** Synced */
        Synced: {
            /**
             * Type
             * @default synced
             * @constant
             */
            type: "synced";
            /** Id */
            id: string;
        };
        /**
         * SystemEvent
         * @description What a system message says has happened: `by` did it, to `user` where it concerns one. Putting it into words is
         *     the client's.
         *
         *     `joined` (by himself), `added`, `left`, `removed`, `role` (his new one), or `changed` (the group itself: `fields`
         *     names what, `name` is the new one). Where the last admin left, `successor` is the member who became admin.
         */
        SystemEvent: {
            /**
             * Type
             * @enum {string}
             */
            type: "joined" | "added" | "left" | "removed" | "role" | "changed";
            /** By */
            by: string;
            /**
             * User
             * @default null
             */
            user: string | null;
            /** @default null */
            role: components["schemas"]["Role"] | null;
            /**
             * Successor
             * @default null
             */
            successor: string | null;
            /**
             * Fields
             * @default null
             */
            fields: ("name" | "description" | "password")[] | null;
            /**
             * Name
             * @default null
             */
            name: string | null;
        };
        /**
         * Typing
         * @description The user is typing in a conversation, or has stopped. Said again every few seconds while it goes on.
         */
        Typing: {
            /**
             * Type
             * @constant
             */
            type: "typing";
            /**
             * Id
             * @default null
             */
            id: string | null;
            /** Conversation */
            conversation: string;
            /** On */
            on: boolean;
        };
        /**
         * TypingPush
         * @description Another member is typing, or has stopped; without another word it is over after TYPING_SECONDS.
         */
        TypingPush: {
            /**
             * Type
             * @default typing
             * @constant
             */
            type: "typing";
            /** Conversation */
            conversation: string;
            /** User */
            user: string;
            /** On */
            on: boolean;
        };
        /**
         * UserStatus
         * @description Somebody who shares a conversation came online or went offline; `last_online`: since when, or until when.
         */
        UserStatus: {
            /**
             * Type
             * @default user_status
             * @constant
             */
            type: "user_status";
            /** User */
            user: string;
            /**
             * Status
             * @enum {string}
             */
            status: "online" | "offline";
            /** Last Online */
            last_online: string;
        };
        /**
         * UserTopic
         * @description `active`: commands may arrive, read it. `retired`: nothing will come any more under this name.
         */
        UserTopic: {
            /** User */
            user: string;
            /** Topic */
            topic: string;
            /** Generation */
            generation: number;
            /**
             * State
             * @enum {string}
             */
            state: "active" | "retired";
        };
        /**
         * UserView
         * @description A user's profile as others see it. `picture` is the media id of his picture.
         */
        UserView: {
            /** Id */
            id: string;
            /** Username */
            username: string;
            /**
             * Name
             * @default null
             */
            name: string | null;
            /**
             * Lastname
             * @default null
             */
            lastname: string | null;
            /**
             * Picture
             * @default null
             */
            picture: string | null;
            /** Created At */
            created_at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
