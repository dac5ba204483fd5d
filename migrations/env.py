"""Alembic's door: runs the migrations on the connection that `heard db upgrade` hands in."""

from alembic import context
from sqlalchemy import create_engine

from survey.storage.tables import Base


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:  # `alembic check` and `alembic revision`, by a developer
        from survey.config import Settings

        with create_engine(Settings.from_environ().database_url).connect() as own:
            migrate(own)
    else:
        migrate(connection)


def migrate(connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()
