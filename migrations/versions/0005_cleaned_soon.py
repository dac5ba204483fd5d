"""cleaned soon: PostgreSQL frees the place of a row of somebody's within a minute or so of its deletion"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What people said, and what stood for them until then. Only an owner may VACUUM, no function may, and the
# clock owns nothing: so the server's own rounds come for the first deleted row, not for a fifth of the table.
TABLES = ("ticket", "sealed", "response", "comment", "comment_part", "subgroup_part", "outbox")
SOON = ("autovacuum_vacuum_threshold", "autovacuum_vacuum_scale_factor")


def upgrade() -> None:
    _each("SET ({})", [f"{name} = 0" for name in _names()])


def downgrade() -> None:
    _each("RESET ({})", _names())


def _names() -> list[str]:
    # A long value lies in a part of the table that has its own.
    return [f"{part}{name}" for part in ("", "toast.") for name in SOON]


def _each(change: str, options: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} {change.format(', '.join(options))}")
