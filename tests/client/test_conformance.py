"""The conformance cases that every client passes, on `parley_client.state`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from parley_client import events
from parley_client.state import ClientState, Output

SUITE = json.loads((Path(__file__).parent / "conformance.json").read_text(encoding="utf-8"))
DEFAULTS: Mapping[str, Mapping[str, Any]] = SUITE["defaults"]
NOTHING = Output([], [])


class Player:
    """Plays the steps of one case on one client."""

    def __init__(self, seed: int) -> None:
        self._ids = iter(range(1, 1000))
        self._names: dict[str, str] = {}
        self._now = 100.0
        self._client = ClientState(lambda: f"drawn-{next(self._ids)}", Random(seed))

    def play(self, step: Mapping[str, Any]) -> None:
        output = self._do(step)
        for event in output.events:
            if isinstance(event, events.MessageChanged):
                assert self._client.handed(event.message, self._now) == NOTHING
        assert [dict(frame) for frame in output.frames] == list(self._expected_frames(step, output.frames))
        told = [shown(event) for event in output.events]
        wanted = step.get("events", [])
        assert [
            {name: event.get(name) for name in want} for event, want in zip(told, wanted, strict=False)
        ] == wanted, told
        assert len(told) == len(wanted), told

    def _do(self, step: Mapping[str, Any]) -> Output:
        match step:
            case {"open": given}:
                return Output([self._client.connect_frame(**given)], [])
            case {"send": _} | {"change": _}:
                return self._command(step)
            case {"server": frame}:
                return self._client.receive(completed(self._named(frame)), self._now)
            case {"cut": True}:
                self._client.disconnected()
                return NOTHING
            case {"wait": seconds}:
                self._now += seconds
                return self._client.tick(self._now)
            case {"typing": _} | {"refresh": _} | {"read": _}:
                return self._say(step)
        raise AssertionError(f"not a step: {step}")

    def _command(self, step: Mapping[str, Any]) -> Output:
        given = dict(step.get("send") or step["change"])
        command, conversation = given.pop("id"), given.pop("conversation")
        if "send" in step:
            return self._client.send(conversation, given["text"], self._now, command=command)[1]
        return self._client.change(
            given.pop("type"), conversation, given.pop("seq"), self._now, command=command, **given
        )[1]

    def _say(self, step: Mapping[str, Any]) -> Output:
        if "typing" in step:
            return self._client.type(step["typing"]["conversation"], self._now, on=step["typing"]["on"])
        if "read" in step:
            return self._client.read(step["read"]["conversation"], step["read"]["seq"], self._now)
        return self._client.refresh(step["refresh"])

    def _named(self, frame: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._names.get(value, value) if name == "id" else value for name, value in frame.items()}

    def _expected_frames(self, step: Mapping[str, Any], sent: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for index, frame in enumerate(step.get("frames", [])):
            variable = str(frame.get("id", ""))
            if variable.startswith("$") and index < len(sent):
                self._names.setdefault(variable, str(sent[index].get("id")))
            yield self._named(frame)


def completed(frame: dict[str, Any]) -> dict[str, Any]:
    match frame["type"]:
        case "message":
            return dict(DEFAULTS["message"]) | frame
        case "conversation":
            return dict(DEFAULTS["summary"]) | frame
        case "changes":
            return frame | {"messages": [dict(DEFAULTS["message"]) | one for one in frame["messages"]]}
        case "connected":
            summaries = [dict(DEFAULTS["summary"]) | one for one in frame["conversations"]]
            return dict(DEFAULTS["connected"]) | frame | {"conversations": summaries}
    return frame


NAMES = {
    events.Connected: "connected",
    events.ConversationChanged: "conversation",
    events.MessageChanged: "message",
    events.ConversationReset: "reset",
    events.ConversationGone: "gone",
    events.SendChanged: "send",
    events.Failed: "failed",
    events.ReceiptChanged: "receipt",
    events.TypingChanged: "typing",
    events.StatusChanged: "status",
    events.SignedOut: "signed_out",
    events.Pushed: "pushed",
}


def shown(event: events.Event) -> dict[str, Any]:
    flat: dict[str, Any] = {"event": NAMES[type(event)]}
    for part in (event, *(getattr(event, name, None) for name in ("message", "sent", "error"))):
        names = (
            "conversation",
            "rev",
            "seq",
            "reason",
            "id",
            "state",
            "code",
            "user",
            "on",
            "online",
            "delivered",
            "read",
        )
        for name in names:
            flat.setdefault(name, getattr(part, name, None))
            if flat[name] is None:
                del flat[name]
    if isinstance(event, events.ConversationChanged):
        flat["conversation"] = event.summary.id
    return flat


@pytest.mark.parametrize("case", SUITE["cases"], ids=[case["name"] for case in SUITE["cases"]])
@pytest.mark.parametrize("seed", [1, 2])
def test_case(case: Mapping[str, Any], seed: int) -> None:
    player = Player(seed)
    for step in case["steps"]:
        player.play(step)
