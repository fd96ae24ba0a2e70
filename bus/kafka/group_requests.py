"""Requests of the group protocol in the versions that name the static member (KIP-345), where aiokafka has older ones.

Without that name a member that was replaced in its slot hears no more than that it is unknown.
"""

from collections.abc import Mapping
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Int64, Schema, String

_NO_EPOCH = -1
_NO_METADATA = ""
_TEXT = String("utf-8")


class _HeartbeatResponse(Response):  # type: ignore[misc] # it has no types
    API_KEY = 12
    API_VERSION = 3
    SCHEMA = Schema(("throttle_time_ms", Int32), ("error_code", Int16))


class _HeartbeatStruct(RequestStruct):  # type: ignore[misc] # it has no types
    API_KEY = 12
    API_VERSION = 3
    RESPONSE_TYPE = _HeartbeatResponse
    SCHEMA = Schema(("group_id", _TEXT), ("generation_id", Int32), ("member_id", _TEXT), ("group_instance_id", _TEXT))


class HeartbeatRequest(Request[_HeartbeatStruct]):  # type: ignore[misc] # it has no types
    API_KEY = 12

    def __init__(self, group: str, generation: int, member: str, slot: str) -> None:
        self._values = (group, generation, member, slot)

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(*self._values)


class _OffsetCommitResponse(Response):  # type: ignore[misc] # it has no types
    API_KEY = 8
    API_VERSION = 7
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("topics", Array(("topic", _TEXT), ("partitions", Array(("partition", Int32), ("error_code", Int16))))),
    )


class _OffsetCommitStruct(RequestStruct):  # type: ignore[misc] # it has no types
    API_KEY = 8
    API_VERSION = 7
    RESPONSE_TYPE = _OffsetCommitResponse
    SCHEMA = Schema(
        ("group_id", _TEXT),
        ("generation_id", Int32),
        ("member_id", _TEXT),
        ("group_instance_id", _TEXT),
        (
            "topics",
            Array(
                ("topic", _TEXT),
                (
                    "partitions",
                    Array(
                        ("partition", Int32),
                        ("committed_offset", Int64),
                        ("committed_leader_epoch", Int32),
                        ("committed_metadata", _TEXT),
                    ),
                ),
            ),
        ),
    )


class OffsetCommitRequest(Request[_OffsetCommitStruct]):  # type: ignore[misc] # it has no types
    API_KEY = 8

    def __init__(
        self, group: str, generation: int, member: str, slot: str, topic: str, offsets: Mapping[int, int]
    ) -> None:
        partitions = [(number, offset, _NO_EPOCH, _NO_METADATA) for number, offset in offsets.items()]
        self._values = (group, generation, member, slot, [(topic, partitions)])

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(*self._values)
