"""What the language model has cost, by day (UTC): one sum that all processes share."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contract.model_usage import ModelUsage
from shared.db.tables import model_spend

_TODAY = func.date(func.timezone("UTC", func.clock_timestamp()))


class ModelSpend:
    """Repository of the model's cost."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def today(self) -> float:
        """The cost of this day so far, in the unit of the configured prices."""
        query = select(model_spend.c.cost).where(model_spend.c.day == _TODAY)
        return float((await self._connection.execute(query)).scalar_one_or_none() or 0.0)

    async def add(self, usage: ModelUsage) -> None:
        """Add what was used, whatever becomes of the exam it was used for."""
        row = model_spend.c
        new = insert(model_spend).values(
            day=_TODAY,
            calls=usage.calls,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cost=usage.cost,
        )
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["day"],
                set_={
                    "calls": row.calls + new.excluded.calls,
                    "prompt_tokens": row.prompt_tokens + new.excluded.prompt_tokens,
                    "completion_tokens": row.completion_tokens + new.excluded.completion_tokens,
                    "cost": row.cost + new.excluded.cost,
                },
            )
        )
