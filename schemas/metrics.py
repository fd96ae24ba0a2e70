"""Every metric: its name, type and meaning. Base units; no user, conversation or chat in a label."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# The bus, in every process.
RECORDS_PRODUCED = Counter("parley_records_produced_total", "Records acknowledged by Kafka.", ["topic_kind"])
PRODUCE_FAILURES = Counter("parley_produce_failures_total", "Records Kafka did not acknowledge.", ["reason"])
PRODUCE_SECONDS = Histogram("parley_produce_seconds", "From enqueue to acknowledgement.", buckets=_LATENCY_BUCKETS)
PRODUCER_RECREATED = Counter("parley_producer_recreated_total", "Wedged producers that were replaced.")
RECORDS_FETCHED = Counter("parley_records_fetched_total", "Records fetched from Kafka.")
FETCH_PARTITIONS = Gauge("parley_fetch_partitions", "Partitions in this process's fetch sessions.")
FETCH_ERRANDS = Counter("parley_fetch_errands_total", "Single fetches of partitions that were said to have news.")
FETCH_SESSIONS_RESTARTED = Counter("parley_fetch_sessions_restarted_total", "Fetch sessions begun anew.", ["reason"])
OWNED_PARTITIONS = Gauge("parley_owned_partitions", "Partitions the consumer group gave to this process.", ["group"])
BATCH_RETRIES = Counter("parley_batch_retries_total", "Batches tried again after a failure.", ["group"])
DEAD_LETTERED = Counter("parley_dead_lettered_total", "Records put into the dead letters.", ["group", "code"])
PARTITIONS_STOPPED = Gauge("parley_partitions_stopped", "Partitions that stand still for a failure.", ["group"])

# The writer.
WRITER_CONFLICTS = Counter("parley_writer_conflicts_total", "Batches decided again because `applied` had moved.")
WRITER_STORE_SECONDS = Histogram(
    "parley_writer_store_seconds", "From a batch in hand to its transaction committed.", buckets=_LATENCY_BUCKETS
)
WRITER_EMIT_SECONDS = Histogram(
    "parley_writer_emit_seconds", "From a batch committed to its outcomes in Kafka.", buckets=_LATENCY_BUCKETS
)
WRITER_OUTCOMES = Counter("parley_writer_outcomes_total", "Commands decided, by what became of them.", ["outcome"])

# Delivery status.
DELIVERY_STATUS_MARKS = Counter(
    "parley_delivery_status_marks_total",
    "Receipts handled, by what they were: new, repeated, stale, not_a_member.",
    ["kind"],
)
DELIVERY_STATUS_STORE_SECONDS = Histogram(
    "parley_delivery_status_store_seconds", "From a batch in hand to its cursors stored.", buckets=_LATENCY_BUCKETS
)
DELIVERY_STATUS_TELL_SECONDS = Histogram(
    "parley_delivery_status_tell_seconds", "From a batch stored to its pushes in Kafka.", buckets=_LATENCY_BUCKETS
)
DELIVERY_STATUS_WATERMARK_FAILURES = Counter(
    "parley_delivery_status_watermark_failures_total", "Times the watermarks of receipts could not be moved."
)

# Notifications.
NOTIFICATIONS = Counter("parley_notifications_total", "Notifications, by what became of them.", ["channel", "outcome"])
NOTIFICATIONS_SKIPPED = Counter(
    "parley_notifications_skipped_total", "Members who were not to be told of a message, by the reason.", ["reason"]
)
NOTIFICATIONS_STALE = Counter("parley_notifications_stale_total", "Events and pushes that were news no more.")
NOTIFICATION_SECONDS = Histogram(
    "parley_notification_seconds",
    "From a message's event to the push service having the push.",
    buckets=(10.0, 10.5, 11.0, 12.0, 15.0, 20.0, 30.0, 60.0, 300.0, 1800.0),
)
PUSH_ANSWERS = Counter("parley_push_answers_total", "Answers of push services, by their kind.", ["answer"])
PUSH_SECONDS = Histogram("parley_push_seconds", "From a push's start to its answer.", buckets=_LATENCY_BUCKETS)
PUSH_SUBSCRIPTIONS_GONE = Counter(
    "parley_push_subscriptions_gone_total", "Subscriptions removed because their push service knows them no more."
)
DIGESTS = Counter("parley_digests_total", "E-mail digests, by what became of them.", ["outcome"])

# The router.
ROUTED = Counter("parley_routed_total", "Commands forwarded from user topics to conversations.")
ROUTER_HINTS_UNREADABLE = Counter("parley_router_hints_unreadable_total", "Hints that could not be read.")
ROUTER_REWINDS = Counter("parley_router_rewinds_total", "Times a failed send made the router read again.")
ROUTER_TOPICS = Gauge("parley_router_topics", "User topics being read.")

# Ephemeral chats.
CHAT_UNOPENABLE = Counter(
    "parley_chat_unopenable_total",
    "Texts and reactions in ephemeral chats that do not open where they stand: tampered with.",
)
CHATS_ENDED = Counter("parley_chats_ended_total", "Ephemeral chats destroyed, all but their tombstones.")
CHAT_TIMERS = Counter(
    "parley_chat_timers_total", "Timers of ephemeral chats that fired, by what came of it.", ["outcome"]
)

# Session expiry.
ACCOUNTS_ERASED = Counter("parley_accounts_erased_total", "Accounts of which nothing was left to be erased.")
LEASES = Gauge("parley_leases", "Edge and api processes whose leases are watched.")
LEASES_EXPIRED = Counter("parley_leases_expired_total", "Edge and api processes found dead by their leases.")
TOPICS_ANNOUNCED_AGAIN = Counter("parley_topics_announced_again_total", "User topics found unread by a sweep.")
USER_TOPICS_RETIRED = Counter("parley_user_topics_retired_total", "Topics of idle users that were removed.")
STRAY_TOPICS_DELETED = Counter("parley_stray_topics_deleted_total", "Topics nobody claims, deleted by a sweep.")
SEARCH_INDEXED = Counter("parley_search_indexed_total", "Messages taken into the index of search.")
SEARCH_INDEX_SECONDS = Histogram(
    "parley_search_index_seconds", "From a batch in hand to its words stored.", buckets=_LATENCY_BUCKETS
)
CONVERSATIONS_DESTROYED = Counter(
    "parley_conversations_destroyed_total", "Ended conversations of which only a tombstone is left."
)
MEDIA_SWEPT = Counter("parley_media_swept_total", "Uploads asked whether anything still refers to them.")

PRESENCE_REPORTS = Counter("parley_presence_reports_total", "Reports on users' sockets, by what they say.", ["sign"])
PRESENCE_CHANGED = Counter("parley_presence_changed_total", "Users told to be online or offline.", ["status"])
PRESENCE_DOUBTS = Counter("parley_presence_doubts_total", "Users whose sockets and status were found not to agree.")
DEADLINES_FIRED = Counter("parley_deadlines_fired_total", "Deadlines handled.", ["kind"])
DEADLINES_OVERDUE = Gauge("parley_deadlines_overdue_seconds", "How long the earliest deadline has been due.", ["kind"])

# The api.
API_REQUESTS = Counter("parley_api_requests_total", "HTTP requests answered.", ["method", "route", "status"])
API_SECONDS = Histogram(
    "parley_api_request_seconds", "From a request's headers to its answer's end.", ["route"], buckets=_LATENCY_BUCKETS
)
API_WAITING = Gauge("parley_api_waiting_requests", "Requests that wait for the decision on their command.")
API_COMMANDS = Counter("parley_api_commands_total", "Commands sent over HTTP, by what they were answered.", ["answer"])

MEDIA_STORED_BYTES = Counter("parley_media_stored_bytes_total", "Bytes of uploads that were taken in.", ["purpose"])
MEDIA_REFUSED = Counter("parley_media_refused_total", "Uploads refused for what they are.", ["reason"])

# The front door: edge and api.
USER_TOPICS_HELD = Gauge("parley_user_topics_held", "User topics this process keeps at hand.")
USER_TOPICS_MADE = Counter("parley_user_topics_made_total", "User topics that were missing and made.")
USER_ACTIVITY_HINTS_LOST = Counter(
    "parley_user_activity_hints_lost_total", "Hints that routers did not get: they find the commands by sweeping."
)
USER_TOPIC_FAILURES = Counter("parley_user_topic_failures_total", "Attempts to open user topics that failed.")
CONTENT_RULED = Counter(
    "parley_content_ruled_total", "Commands with words of the operator's lists, by what became of them.", ["outcome"]
)
WORD_LISTS_UNREADABLE = Counter("parley_word_lists_unreadable_total", "Times a word list could not be read again.")
RATE_LIMITED = Counter("parley_rate_limited_total", "What was refused because it came too fast.", ["limit"])
LEASE_RENEWAL_FAILURES = Counter("parley_lease_renewal_failures_total", "Renewals of this process's lease that failed.")
LEASE_LAPSES = Counter("parley_lease_lapses_total", "Times this process had to take a new incarnation.")
DELIVERIES_MISSED = Counter("parley_deliveries_missed_total", "Records of the edge topic that were lost or unreadable.")

# The edge.
EDGE_SOCKETS = Gauge("parley_edge_sockets", "Open sockets, connected or not yet.")
EDGE_SESSIONS = Gauge("parley_edge_sessions", "Sockets whose users are known.")
EDGE_CLOSED = Counter("parley_edge_closed_total", "Sockets closed by the edge.", ["code"])
EDGE_REFUSED = Counter("parley_edge_refused_total", "Requests that were not let in as sockets.", ["reason"])
EDGE_COMMANDS = Counter("parley_edge_commands_total", "Commands of sockets, by what they were answered.", ["answer"])
EDGE_ACCEPT_SECONDS = Histogram(
    "parley_edge_accept_seconds", "From a command's frame to its `accepted`.", buckets=_LATENCY_BUCKETS
)
EDGE_CONNECT_SECONDS = Histogram(
    "parley_edge_connect_seconds", "From `connect` to the session being live.", buckets=_LATENCY_BUCKETS
)
EDGE_DELIVERED = Counter("parley_edge_delivered_total", "Deliveries to sessions that were here.")
EDGE_ASTRAY = Counter("parley_edge_astray_total", "Deliveries to sessions that were not here any more.")
EDGE_RECEIPTS = Counter(
    "parley_edge_receipts_total",
    "What clients say of how far they have come: taken, produced (together), retried, dropped for want of room.",
    ["outcome"],
)
EDGE_DEPARTURES = Gauge("parley_edge_departures", "Closed sockets that the store has not forgotten yet.")
EDGE_EVICTIONS_GIVEN_UP = Counter(
    "parley_edge_evictions_given_up_total", "Replaced sockets of other edges that could not be told to close."
)
EDGE_UNREGISTERED = Counter("parley_edge_unregistered_total", "Live sessions closed because the store had lost them.")
EDGE_TYPING = Counter("parley_edge_typing_total", "Words of users that they type, by what became of them.", ["outcome"])
EDGE_REPORTS_DROPPED = Counter(
    "parley_edge_reports_dropped_total", "Reports on sockets that had no room while Kafka was away."
)
EDGE_MISHAPS = Counter("parley_edge_mishaps_total", "Failures of the edge's own code, each confined to a socket.")
