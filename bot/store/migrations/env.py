"""Run the migrations on the connection that `bot.store.migrate` hands over."""

from typing import Literal

from alembic import context

from bot.store.tables import Moment, metadata


def render(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """Write our moments as what the database sees."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
