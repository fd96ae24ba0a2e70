"""Names that lead to a push service of the tests' own."""

from consumers.notifications.addresses import Address, Resolver
from loadtests.push_receiver import PushService


def leading_to(service: PushService) -> Resolver:
    """Every name leads there."""

    async def resolve(host: str, port: int) -> Address:
        return Address("127.0.0.1", service.port)

    return resolve
