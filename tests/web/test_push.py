"""Web Push, shown by the service worker. The browser's push service is out of reach: subscribing is stood in for, and
the DevTools protocol delivers what the server would have sent."""

import asyncio
from typing import Any

from playwright.async_api import CDPSession, expect

from schemas.messages import ConversationKind
from schemas.pushes import PushMessage, PushSender
from schemas.times import from_millis
from tests.making import conversation_id, user_id
from tests.web.people import People, Person

STAND_IN = """
const subscription = {
  endpoint: "https://push.example/one", expirationTime: null, options: {},
  toJSON: () => ({
    endpoint: "https://push.example/one",
    keys: {
      p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      auth: "BTBZMqHH6r4Tts7J_aSIgg",
    },
  }),
  unsubscribe: async () => { delete window.subscribed; return true },
};
PushManager.prototype.subscribe = async () => { window.subscribed = subscription; return subscription };
PushManager.prototype.getSubscription = async () => window.subscribed ?? null;
"""
SHOWN = """async () => {
    const registration = await navigator.serviceWorker.ready
    const shown = await registration.getNotifications()
    return shown.map(({title, body, tag}) => ({title, body, tag}))
}"""


class PushService:
    """Delivers to the service worker of one browser."""

    def __init__(self, session: CDPSession, origin: str) -> None:
        self._session = session
        self._origin = origin
        self._registration: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @classmethod
    async def of(cls, person: Person) -> "PushService":
        session = await person.context.new_cdp_session(person.page)
        origin = await person.page.evaluate("location.origin")
        found = cls(session, origin)
        session.on("ServiceWorker.workerRegistrationUpdated", found._updated)
        await session.send("ServiceWorker.enable")
        return found

    def _updated(self, event: dict[str, Any]) -> None:
        for registration in event["registrations"]:
            if not self._registration.done() and not registration["isDeleted"]:
                self._registration.set_result(registration["registrationId"])

    async def deliver(self, message: PushMessage) -> None:
        async with asyncio.timeout(20):
            registration = await self._registration
        delivery = {"origin": self._origin, "registrationId": registration, "data": message.model_dump_json()}
        await self._session.send("ServiceWorker.deliverPushMessage", delivery)


def push(seq: int, conversation: str, text: str) -> PushMessage:
    return PushMessage(
        id=f"{conversation}.{seq}",
        conversation=conversation,
        kind=ConversationKind.DIRECT,
        name=None,
        sender=PushSender(id=user_id(9), name="Bob"),
        mentioned=False,
        sent_at=from_millis(1_769_850_307_123),
        tag=f"{conversation}.{seq}",
        url=f"/chats/{conversation}",
        text=text,
    )


async def shown(person: Person, count: int) -> list[dict[str, str]]:
    """The notifications there are, once there are so many."""
    async with asyncio.timeout(20):
        while len(found := await person.page.evaluate(SHOWN)) != count:
            await asyncio.sleep(0.05)
    return sorted(found, key=lambda each: each["tag"])


async def test_a_push_is_shown_once_for_each_chat_and_not_for_the_one_in_view(people: People) -> None:
    alice, bob = await people.anyone("alice-with-push"), await people.account("bob")
    await alice.context.grant_permissions(["notifications"])
    await alice.context.add_init_script(STAND_IN)
    alice.name = f"alice-of-{bob.name}"
    await alice.register()
    await alice.open_chat_with(bob)
    in_view = alice.page.url.rpartition("/")[2]
    await alice.page.goto("/settings")
    switch = alice.page.get_by_role("switch", name="Notify me on this device")
    await switch.press("Space")
    await expect(switch).to_be_checked()

    service = await PushService.of(alice)
    first, second = conversation_id(1), conversation_id(2)
    await service.deliver(push(1, first, "the first word"))
    (only,) = await shown(alice, 1)
    assert only == {"title": "Bob", "body": "the first word", "tag": first}
    await service.deliver(push(2, first, "another word"))
    await service.deliver(push(1, second, "elsewhere"))
    assert [each["tag"] for each in await shown(alice, 2)] == [first, second]

    await alice.open_chat_with(bob)
    service = await PushService.of(alice)
    await service.deliver(push(7, in_view, "you are looking at it"))
    await service.deliver(push(2, second, "and this is elsewhere"))
    told = {each["tag"]: each["body"] for each in await shown(alice, 2)}
    assert in_view not in told
    assert alice.faults == []
