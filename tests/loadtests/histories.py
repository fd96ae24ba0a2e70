"""Histories as a correct system makes them, drawn by hypothesis."""

from hypothesis import strategies as st

from loadtests.history import Device, Entry, History, Sent, StoredConversation

USERS = ("u_1", "u_2", "u_3")
EPOCH = "an-epoch"


@st.composite
def histories(draw: st.DrawFn, least: int = 0) -> History:
    """Some conversations of some users on one or two devices each. `least`: messages in each conversation."""
    conversations = [f"c_{number}" for number in range(draw(st.integers(1, 2)))]
    sent: list[Sent] = []
    stored = [_conversation(draw, conversation, sent, least) for conversation in conversations]
    devices = [
        _device(draw, user, f"device-{number}", stored)
        for user in USERS
        for number in range(draw(st.integers(1, 2)))
        if any(user in conversation.members for conversation in stored)
    ]
    return History(sent, devices, stored)


def _conversation(draw: st.DrawFn, conversation: str, sent: list[Sent], least: int) -> StoredConversation:
    members = draw(st.sets(st.sampled_from(USERS), min_size=2))
    messages: list[Entry] = []
    for number in range(draw(st.integers(least, least + 6))):
        one = Sent(
            conversation, draw(st.sampled_from(sorted(members))), f"{conversation}-{number}", f"text {number}", number
        )
        fate = draw(st.sampled_from(["stored", "stored", "told", "unknown", "rejected", "refused", "never arrived"]))
        if len(messages) < least and fate in ("rejected", "refused", "never arrived"):
            fate = "stored"
        _suffer(one, fate, messages, draw(st.floats(0.1, 3.0)))
        sent.append(one)
    while len(messages) < least:  # what is left to say is said at once
        one = Sent(conversation, min(members), f"{conversation}-more-{len(messages)}", "more", 100 + len(messages))
        _suffer(one, "stored", messages, 0.1)
        sent.append(one)
    head = len(messages)
    ended = draw(st.sampled_from([None, None, "inactivity", *sorted(members)]))
    return StoredConversation(conversation, EPOCH, head, head, frozenset(members), messages, ended=ended)


def _suffer(one: Sent, fate: str, messages: list[Entry], delay: float) -> None:
    if fate in ("stored", "told", "unknown"):
        place = len(messages) + 1
        messages.append(Entry(one.conversation, EPOCH, place, place, one.sender, one.client_id, one.text))
        one.stored = {(place, place)} if fate != "unknown" else set()
    if fate in ("stored", "rejected"):
        one.accepted = True
        one.accepted_at = (one.sent_at or 0.0) + delay
    if fate in ("rejected", "refused"):
        one.rejected = {"not_a_member"}


def _device(draw: st.DrawFn, user: str, name: str, stored: list[StoredConversation]) -> Device:
    """It came at some point of each conversation, and perhaps left before the end."""
    after: dict[str, int] = {}
    feeds: list[list[Entry]] = []
    ends: list[tuple[str, str]] = []
    caught_up = draw(st.sampled_from([True, True, True, False]))
    for conversation in stored:
        if user in conversation.members:
            start = draw(st.integers(0, len(conversation.messages) // 2))
            end = len(conversation.messages) if caught_up else draw(st.integers(start, len(conversation.messages)))
            after[conversation.id] = start
            feeds.append(list(conversation.messages[start:end]))
            if conversation.ended is not None and caught_up:
                ends.append((conversation.id, conversation.ended))
    return Device(user, name, _interleaved(draw, feeds), after, draw(st.integers(0, 3)), caught_up, ends=ends)


def _interleaved(draw: st.DrawFn, feeds: list[list[Entry]]) -> list[Entry]:
    """In order within each conversation, and in any order between them."""
    turns = draw(st.permutations([number for number, feed in enumerate(feeds) for _ in feed]))
    sources = [iter(feed) for feed in feeds]
    return [next(sources[turn]) for turn in turns]
