"""An application of a story, step by step, as the channels of the bank go through it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from enscene.engagement.applications import (
    Application,
    confirm_application,
    decide_application,
    hand_off,
    open_handoff,
    override_application,
    send_code_in,
    writing,
)
from enscene.kernel.errors import EnsceneError
from enscene.scenes.runtime.roster import Member

if TYPE_CHECKING:
    from packs.open_scene import Story

MANAGER = "sun@bank"


async def told(step: Awaitable[str]) -> str:
    """What a step says, or the code of what stood against it."""
    try:
        return await step
    except EnsceneError as error:
        return error.code.removeprefix("scene.")


def another_code(code: str) -> str:
    """One that was not sent."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


class Asked:
    """What a customer has asked for. A step says in which state the application is after it, and
    raises what stands against it."""

    def __init__(self, story: Story, customer: Member, found: Application) -> None:
        self._story = story
        self._customer = customer
        self._tenant: int = story.tenant.id
        self.found = found

    @property
    def state(self) -> str:
        return self.found.state

    @property
    def why(self) -> str:
        """The codes of the reasons of the answer."""
        return ",".join(str(r["facts"].get("why", r["code"])) for r in self.found.reasons)

    @property
    def contract(self) -> str:
        assert self.found.contract is not None
        return self.found.contract

    async def decide(self) -> str:
        """By the policy and, where that refers it to a person, with a yes."""
        scene = await self._story.host.scene(self._tenant, self._story.pack.id)
        async with writing(self._story.pool, self._tenant) as connection:
            self.found = await decide_application(
                connection, scene, self._customer, self.found, "h5", self._customer.ref
            )
            if self.found.state == "referred":
                self.found = await override_application(
                    connection, self._tenant, self.found, MANAGER, "approved", "已核实，可以办理"
                )
        return self.state

    async def hand_off(self) -> str:
        """A link to the mobile bank, as its token."""
        async with writing(self._story.pool, self._tenant) as connection:
            handed = await hand_off(connection, self._tenant, self.found, "h5", self._customer.ref)
        return handed.token

    async def take_link(self, token: str, by: str) -> str:
        """The link, followed by somebody who has logged in to the mobile bank."""
        who = await self._story.member(by)
        self.found = await open_handoff(self._story.pool, self._tenant, token, who.id, by)
        return self.state

    async def code(self) -> str:
        """Sent by the mobile bank, read off the customer's telephone."""
        async with writing(self._story.pool, self._tenant) as connection:
            await send_code_in(connection, self._tenant, self.found, "bank_app")
        text = await self._story.text_message(self._customer.id)
        return text.partition("验证码 ")[2][:6]

    async def sign(self, code: str | None, by: str | None = None) -> str:
        """In the mobile bank, by the customer or by somebody else who has logged in."""
        who = self._customer if by is None else await self._story.member(by)
        self.found = await confirm_application(
            self._story.pool, self._story.host, self._tenant, self.found.id,
            customer=who.id, code=code, channel="bank_app", actor=who.ref,
        )  # fmt: skip
        await self._story.reactor.settle(self._tenant)
        return self.state
